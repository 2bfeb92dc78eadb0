using System.Globalization;
using ParallelDag.Wording;

namespace ParallelDag;

/// <summary>
/// Which phase of a plan something belongs to: prefill or decode and, where the phase has instances unlike one another, which set of alike
/// ones. Its name is <c>prefill</c> or <c>decode</c>, with the number of the set behind it where there are several: <c>prefill2</c>.
/// </summary>
/// <param name="Kind">Prefill or decode.</param>
/// <param name="Set">The set of instances, from 1; 0 where all instances of the phase are alike.</param>
public readonly record struct PhaseId(PhaseKind Kind, int Set = 0) : IComparable<PhaseId>, IComparable
{
    /// <summary>The most sets of a phase.</summary>
    public const int MostSets = 999;

    /// <summary>A number from 0 that sorts as phases do; -1 for none.</summary>
    internal static int Number(PhaseId? phase) => phase is PhaseId known ? ((int)known.Kind * (MostSets + 1)) + known.Set : -1;

    /// <summary>The phase of a number.</summary>
    internal static PhaseId? Of(int number) =>
        number < 0 ? null : new PhaseId((PhaseKind)(number / (MostSets + 1)), number % (MostSets + 1));

    /// <summary>Prefill first, then by set.</summary>
    public int CompareTo(PhaseId other) => (Kind, Set).CompareTo((other.Kind, other.Set));

    /// <summary>True where a drawing that names a phase means this one: it need not tell sets apart.</summary>
    internal bool IsMeantBy(PhaseId named) => Kind == named.Kind && (named.Set == 0 || named.Set == Set);

    /// <summary>Prefill first, then by set.</summary>
    /// <exception cref="ArgumentException">The other is no phase.</exception>
    public int CompareTo(object? obj) => obj is null ? 1 : obj is PhaseId other ? CompareTo(other)
        : throw new ArgumentException($"{obj.GetType().Name} is no PhaseId", nameof(obj));

    /// <summary>The name that files use: <c>prefill</c>, <c>decode2</c>.</summary>
    public string ToName() => Set == 0 ? Kind.ToName() : Words.Invariant($"{Kind.ToName()}{Set}");

    /// <summary>The name that people read: <c>Prefill</c>, <c>Decode 2</c>.</summary>
    public string ToTitle() => Set == 0 ? Kind.ToTitle() : Words.Invariant($"{Kind.ToTitle()} {Set}");

    /// <summary>Reads a name that <see cref="ToName"/> writes, without regard to case.</summary>
    public static bool TryParse(string? name, out PhaseId phase)
    {
        phase = default;
        int digits = name is null ? 0 : name.Length - name.TrimEnd("0123456789".ToCharArray()).Length;
        if (!VocabularyText.TryParse(name?[..^digits], out PhaseKind kind))
            return false;
        phase = new PhaseId(kind);
        if (digits == 0)
            return true;
        string number = name![^digits..];
        if (number[0] == '0' || digits > 3)
            return false;
        phase = new PhaseId(kind, int.Parse(number, CultureInfo.InvariantCulture));
        return true;
    }

    /// <summary>Reads a name that <see cref="ToName"/> writes, without regard to case.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static PhaseId Parse(string name) =>
        TryParse(name, out PhaseId phase) ? phase : throw new FormatException($"'{name}' is no phase; give prefill or decode");

    /// <summary><c>Prefill</c>, <c>Decode2</c>.</summary>
    public override string ToString() => Set == 0 ? Kind.ToString() : Words.Invariant($"{Kind}{Set}");

    /// <summary>True when the first comes first.</summary>
    public static bool operator <(PhaseId left, PhaseId right) => left.CompareTo(right) < 0;

    /// <summary>True when the second comes first.</summary>
    public static bool operator >(PhaseId left, PhaseId right) => left.CompareTo(right) > 0;

    /// <summary>True unless the second comes first.</summary>
    public static bool operator <=(PhaseId left, PhaseId right) => left.CompareTo(right) <= 0;

    /// <summary>True unless the first comes first.</summary>
    public static bool operator >=(PhaseId left, PhaseId right) => left.CompareTo(right) >= 0;
}
