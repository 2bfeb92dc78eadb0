using System.Globalization;
using ParallelDag.Files;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Reading;

/// <summary>
/// The traces of all ranks, found by one of them: <c>name.0.et</c>, <c>name.1.et</c> and so on in one folder, with the groups file beside
/// them.
/// </summary>
internal sealed class TraceSet
{
    private const string Extension = ".et";

    private const int MostRanks = 1 << 20;

    /// <summary>The groups file by what its name has behind that of the set, then by names of its own.</summary>
    private static readonly string[] GroupSuffixes = [".groups.json", ".json"], GroupNames = ["groups.json", "comm_group.json"];

    private TraceSet(string name, IReadOnlyList<TraceFile> files, IReadOnlyList<int> missing, TraceGroups? groups)
    {
        Name = name;
        Files = files;
        Missing = missing;
        Groups = groups;
    }

    /// <summary>What all names begin with.</summary>
    public string Name { get; }

    /// <summary>The traces that are there, by rank.</summary>
    public IReadOnlyList<TraceFile> Files { get; }

    /// <summary>Ranks below the highest that have no file.</summary>
    public IReadOnlyList<int> Missing { get; }

    /// <summary>The groups; null where there is no file of them.</summary>
    public TraceGroups? Groups { get; }

    /// <summary>How many ranks there are.</summary>
    public int RankCount => Files[^1].Rank + 1;

    /// <summary>True for the name of a trace.</summary>
    public static bool IsTrace(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// What all names of a set begin with, and the rank of this file; for a name without a number the whole name, and null.
    /// </summary>
    public static (string Stem, int? Rank) Split(string path)
    {
        string stem = path[..^Extension.Length];
        int dot = stem.LastIndexOf('.');
        ReadOnlySpan<char> digits = stem.AsSpan(dot + 1);
        return dot >= 0 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int rank)
            && (digits[0] != '0' || digits.Length == 1)
            ? (stem[..dot], rank) : (stem, null);
    }

    /// <summary>Reads the set that a trace belongs to.</summary>
    /// <param name="path">One of its files.</param>
    /// <param name="groups">The groups file; null: the one beside the traces.</param>
    /// <param name="displayName">The file as the user named it; null: the path.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">A file cannot be read, or is no trace.</exception>
    public static TraceSet Read(string path, string? groups, string? displayName, CancellationToken cancellation)
    {
        displayName ??= path;
        (string stem, int? rank) = Split(path);
        string shownStem = Split(displayName).Stem;
        if (rank is null)
        {
            TraceFile only = TraceFileReader.Read(path, displayName, 0, cancellation);
            return new TraceSet(Path.GetFileName(stem), [only], [], Group(groups, stem, cancellation));
        }

        if (!File.Exists(path))
            TraceFileReader.Read(path, displayName, 0, cancellation); // Says what is wrong with it.
        int[] ranks = RanksOf(stem);
        TraceFile[] files = [.. ranks.Select(each => TraceFileReader.Read(
            Words.Invariant($"{stem}.{each}{Extension}"), Words.Invariant($"{shownStem}.{each}{Extension}"), each, cancellation))];
        int[] missing = [.. Enumerable.Range(0, Math.Min(ranks[^1], MostRanks)).Except(ranks)];
        return new TraceSet(Path.GetFileName(stem), files, missing, Group(groups, stem, cancellation));
    }

    /// <summary>The ranks of the traces whose names begin so, ascending.</summary>
    public static int[] RanksOf(string stem)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(stem))!, name = Path.GetFileName(stem);
        return [.. Directory.EnumerateFiles(folder, "*" + Extension)
            .Select(file => Path.GetFileName(file))
            .Where(IsTrace)
            .Select(Split)
            .Where(part => part.Stem == name && part.Rank is < MostRanks)
            .Select(part => part.Rank!.Value)
            .Distinct()
            .Order()];
    }

    private static TraceGroups? Group(string? given, string stem, CancellationToken cancellation)
    {
        if (given is not null)
            return TraceGroups.Read(given, cancellation);
        string folder = Path.GetDirectoryName(stem) ?? "";
        string? found = GroupSuffixes.Select(suffix => stem + suffix)
            .Concat(GroupNames.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        return found is null ? null : TraceGroups.Read(found, cancellation);
    }
}
