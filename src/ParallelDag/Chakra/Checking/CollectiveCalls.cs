using ParallelDag.Chakra.Reading;
using ParallelDag.Chakra.Wire;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Checking;

/// <summary>
/// The collectives of a set of traces: the n-th call of a group on one rank and the n-th on every other are one collective, as
/// communication
/// libraries and simulators match them. Rules PD006 (who calls) and PD014 (equal sizes).
/// </summary>
internal sealed class CollectiveCalls
{
    private const string Hangs = "the others wait for ever";

    private readonly TraceSet _set;
    private readonly TraceFaults _groups = new(TraceRules.Groups);
    private readonly TraceFaults _sizes;
    private readonly List<TracePart[]> _joined = [];

    /// <summary>Joins the calls. O(V).</summary>
    /// <param name="set">The traces.</param>
    /// <param name="graph">The order of each rank.</param>
    /// <param name="sizes">Where faults of sizes go.</param>
    public CollectiveCalls(TraceSet set, TraceGraph graph, TraceFaults sizes)
    {
        _set = set;
        _sizes = sizes;
        var calls = new SortedDictionary<string, SortedDictionary<int, List<TracePart>>>(StringComparer.Ordinal);
        for (int file = 0; file < set.Files.Count; file++)
        {
            foreach (int node in Places(set.Files[file], graph.OrderOf(file)))
            {
                TraceNode call = set.Files[file].Nodes[node];
                if (call.Type != TraceNodeType.Collective || !IsSound(file, call))
                    continue;
                SortedDictionary<int, List<TracePart>> ofGroup = Part(calls, call.Group ?? "");
                Part(ofGroup, file).Add(new TracePart(file, node));
            }
        }

        foreach ((string group, SortedDictionary<int, List<TracePart>> byFile) in calls)
            Join(group, byFile);
    }

    /// <summary>The collectives: the call of each member.</summary>
    public IReadOnlyList<TracePart[]> Joined => _joined;

    /// <summary>PD006.</summary>
    public CheckResult Conclude()
    {
        string groups = Words.Count(_joined.Select(parts => parts[0].Of(_set).Group ?? "").Distinct().Count(), "group");
        return !_groups.Any && _set.Groups is null && _joined.Any(parts => parts[0].Of(_set).Group is not null)
            ? _groups.Skip($"groups file beside the traces ({OneLine.Quote(_set.Name)}.groups.json); --groups names one elsewhere")
            : _groups.Conclude($"{Words.Count(_joined.Count, "collective")} of {groups}, each called by every member");
    }

    private static TValue Part<TKey, TValue>(SortedDictionary<TKey, TValue> parts, TKey key)
        where TKey : notnull
        where TValue : new()
    {
        if (!parts.TryGetValue(key, out TValue? part))
            parts.Add(key, part = new TValue());
        return part;
    }

    /// <summary>The nodes in the order in which the rank reaches them; those behind a cycle in that of the file.</summary>
    private static IEnumerable<int> Places(TraceFile file, IReadOnlyList<int> order) =>
        order.Count == file.Nodes.Count ? order : order.Concat(Enumerable.Range(0, file.Nodes.Count).Except(order));

    /// <summary>True for a call that others can answer.</summary>
    private bool IsSound(int file, TraceNode call)
    {
        TraceFile trace = _set.Files[file];
        if (call.CollectiveType is not ulong type || CollectiveNumbers.From((long)Math.Min(type, long.MaxValue)) == CollectiveKind.None)
        {
            _groups.Add(
                trace,
                call,
                "is a collective that ASTRA-sim does not run",
                "it aborts; comm_type is 0 (All-Reduce), 2 (All-Gather), 6 (All-to-All) or 7 (Reduce-Scatter)",
                call.CollectiveType is ulong number ? Words.Invariant($"comm_type {number}") : "no comm_type");
        }

        if (call.Group is not string group || _set.Groups is not TraceGroups groups)
            return true;
        if (!groups.Ranks.TryGetValue(group, out int[]? ranks))
        {
            _groups.Add(trace, call, $"calls a group that {OneLine.Of(groups.File)} does not have", "a simulator aborts; add the group",
                $"group {OneLine.Quote(group)}");
            return false;
        }

        if (ranks.Distinct().Count() < 2)
        {
            _groups.Add(trace, call, "calls a group of one rank", "a simulator hangs; leave the collective out", $"group {group}");
            return false;
        }

        if (ranks.Contains(trace.Rank))
            return true;
        _groups.Add(trace, call, "calls a group that its rank is not in", "call it on its members alone",
            $"group {group} of ranks {GpuSet.FromGpus(ranks)}");
        return false;
    }

    private void Join(string group, SortedDictionary<int, List<TracePart>> byFile)
    {
        // Members of which no file is there are told by ET001.
        int[] members = group.Length == 0 || _set.Groups is null
            ? [.. group.Length == 0 ? Enumerable.Range(0, _set.Files.Count) : byFile.Keys]
            : [.. Enumerable.Range(0, _set.Files.Count).Where(file => _set.Groups.Ranks[group].Contains(_set.Files[file].Rank))];
        List<TracePart>[] lists = [.. members.Select(file => byFile.GetValueOrDefault(file) ?? [])];
        int most = lists.Max(list => list.Count);
        List<TracePart> whole = lists.First(list => list.Count == most);
        int common = lists.Min(list => list.Count);
        foreach ((List<TracePart> list, int file) in lists.Zip(members))
        {
            int place = FirstDifference(whole, list);
            if (list.Count < most)
            {
                TracePart alone = whole[Math.Min(place, most - 1)];
                _groups.Add(_set.Files[alone.File], alone.Of(_set), $"has no partner on a member of its group; {Hangs}",
                    "let every member call every collective of its groups",
                    $"{OneLine.Of(_set.Files[file].Name)} calls {Name(group)} {Words.Count(list.Count, "time")}, not {Words.Number(most)}");
                common = Math.Min(common, place);
            }
            else if (place < list.Count)
            {
                Differ(whole[place], list[place], group);
            }
        }

        for (int i = 0; i < common; i++)
            _joined.Add([.. lists.Select(list => list[i])]);
    }

    private void Differ(TracePart first, TracePart second, string group)
    {
        TraceNode one = first.Of(_set), other = second.Of(_set);
        string partner = $"{TraceFaults.NameOf(_set.Files[first.File], one)}";
        if (one.CollectiveType != other.CollectiveType)
        {
            _groups.Add(_set.Files[second.File], other, $"meets another collective on a member of its group; {Hangs}",
                "let all members call the collectives of a group in one order",
                $"{Title(other)} of {Name(group)}, where {partner} is {Title(one)}");
        }
        else
        {
            _sizes.Add(_set.Files[second.File], other, "has another comm_size than its partner; the collective never ends",
                "give a collective one size on all members",
                Words.Invariant($"{other.Bytes ?? 0} bytes, where {partner} has {one.Bytes ?? 0}"));
        }
    }

    /// <summary>The first place where two lists of calls do not agree in type and size; the shorter one's end when there is none.</summary>
    private int FirstDifference(List<TracePart> first, List<TracePart> second)
    {
        int place = 0;
        while (place < Math.Min(first.Count, second.Count) && first[place].Of(_set).CollectiveType == second[place].Of(_set).CollectiveType
            && first[place].Of(_set).Bytes == second[place].Of(_set).Bytes)
            place++;
        return place;
    }

    private static string Name(string group) => group.Length == 0 ? "all ranks" : $"group {OneLine.Quote(group)}";

    private static string Title(TraceNode node) =>
        CollectiveNumbers.From((long)Math.Min(node.CollectiveType ?? ulong.MaxValue, long.MaxValue)) is var kind and not CollectiveKind.None
            ? (kind == CollectiveKind.ReduceScatter ? "a " : "an ") + kind.ToTitle() : "a collective without a known type";
}
