using System.Text;

namespace ParallelDag.Writers;

/// <summary>
/// Remembers the text of table entries (facts, scopes, GPU sets), because thousands of nodes share one entry.
/// Direct-mapped and of fixed size, so that a table with an entry per node costs no memory either.
/// </summary>
/// <param name="format">The text of an entry, appended.</param>
internal sealed class PieceCache(Action<StringBuilder, int> format)
{
    private const int Slots = 1 << 12;

    private readonly (int Key, byte[]? Piece)[] _slots = new (int, byte[]?)[Slots];
    private readonly StringBuilder _text = new();

    /// <summary>The UTF-8 text of entry <paramref name="key"/>.</summary>
    public ReadOnlySpan<byte> this[int key]
    {
        get
        {
            ref (int Key, byte[]? Piece) slot = ref _slots[key & (Slots - 1)];
            if (slot.Piece is null || slot.Key != key)
            {
                _text.Clear();
                format(_text, key);
                slot = (key, Encoding.UTF8.GetBytes(_text.ToString()));
            }

            return slot.Piece;
        }
    }
}
