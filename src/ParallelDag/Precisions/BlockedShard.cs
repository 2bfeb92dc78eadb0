using System.Globalization;
using ParallelDag.Wording;

namespace ParallelDag.Precisions;

/// <summary>
/// A weight that is quantised in blocks and split over GPUs, along the side that is split: what one GPU holds of it. Blocks must divide
/// that, since a scale belongs to a whole block. Written <c>down_proj=2304/18432:128</c>.
/// </summary>
/// <param name="Module">The weight's name.</param>
/// <param name="Width">Elements of the side on one GPU.</param>
/// <param name="Whole">Elements of the side on all GPUs together.</param>
/// <param name="Block">Elements of a block along the side.</param>
public readonly record struct BlockedShard(string Module, long Width, long Whole, long Block)
{
    /// <summary>True when whole blocks make up the shard.</summary>
    public bool IsWholeBlocks => Width % Block == 0;

    /// <summary>Several shards, parted by commas.</summary>
    public static string Join(IEnumerable<BlockedShard> shards) => string.Join(", ", shards);

    /// <summary>Reads what <see cref="Join"/> writes; null where it is something else.</summary>
    public static IReadOnlyList<BlockedShard>? Parse(string text)
    {
        var shards = new List<BlockedShard>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int equals = part.LastIndexOf('='), slash = part.LastIndexOf('/'), colon = part.LastIndexOf(':');
            if (equals <= 0 || slash < equals || colon < slash || !Size(part[(equals + 1)..slash], out long width)
                || !Size(part[(slash + 1)..colon], out long whole) || !Size(part[(colon + 1)..], out long block))
                return null;
            shards.Add(new BlockedShard(part[..equals], width, whole, block));
        }

        return shards;
    }

    /// <summary><c>down_proj=2304/18432:128</c>.</summary>
    public override string ToString() => Words.Invariant($"{Module}={Width}/{Whole}:{Block}");

    private static bool Size(string text, out long size) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size > 0;
}
