using System.Text.Json;
using ParallelDag.Chakra;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Chakra;

/// <summary>A set of traces in memory, decoded by Google's runtime.</summary>
internal sealed class TraceFiles
{
    public TraceFiles(Dag dag, ChakraOptions? options = null)
    {
        Dag = dag;
        Options = options ?? new ChakraOptions();
        Warnings = ChakraExport.Write(
            dag,
            (suffix, write) =>
            {
                using var stream = new MemoryStream();
                write(stream);
                Bytes.Add(suffix, stream.ToArray());
            },
            Options);
        Ranks = [.. Bytes.Keys.Where(suffix => suffix.EndsWith(".et", StringComparison.Ordinal)).Select((_, rank) =>
            GoogleTrace.Decode(Bytes[$".{rank}.et"]))];
        Groups = JsonSerializer.Deserialize<Dictionary<string, int[]>>(Bytes[".groups.json"])!;
    }

    public Dag Dag { get; }

    public ChakraOptions Options { get; }

    public IReadOnlyList<string> Warnings { get; }

    public Dictionary<string, byte[]> Bytes { get; } = [];

    public List<GoogleNode>[] Ranks { get; }

    public Dictionary<string, int[]> Groups { get; }

    public IEnumerable<GoogleNode> Nodes => Ranks.SelectMany(nodes => nodes);

    public string Text(string suffix) => System.Text.Encoding.UTF8.GetString(Bytes[suffix]);
}

/// <summary>What every set of traces obeys, whatever the plan.</summary>
internal static class TraceInvariants
{
    private static readonly Dictionary<CollectiveKind, ulong> Types = new()
    {
        [CollectiveKind.AllReduce] = 0, [CollectiveKind.AllGather] = 2, [CollectiveKind.AllToAll] = 6, [CollectiveKind.ReduceScatter] = 7,
    };

    public static void Assert(TraceFiles files, string about)
    {
        Framed(files, about);
        Sums(files, about);
        Grouped(files, about);
        Paired(files, about);
        Chained(files, about);
        Reading(files, about);
    }

    /// <summary>The bytes are Google's; ids rise, dependencies come before, nothing has size 0.</summary>
    private static void Framed(TraceFiles files, string about)
    {
        Xunit.Assert.Equal(files.Dag.Pool!.Count, files.Ranks.Length);
        for (int rank = 0; rank < files.Ranks.Length; rank++)
        {
            List<GoogleNode> nodes = files.Ranks[rank];
            Xunit.Assert.NotEmpty(nodes);
            Xunit.Assert.True(GoogleTrace.Encode(nodes).AsSpan().SequenceEqual(files.Bytes[$".{rank}.et"]), about);
            HashSet<ulong> earlier = [];
            ulong last = 0;
            foreach (GoogleNode node in nodes)
            {
                Xunit.Assert.True(node.Id > last, about);
                Xunit.Assert.True(node.Control.Concat(node.Data).All(earlier.Contains), $"{about}: {node.Name}");
                Xunit.Assert.Equal(node.Data.Distinct().Order(), node.Data);
                Xunit.Assert.Equal(node.Control.Distinct().Order(), node.Control);
                Xunit.Assert.Equal(0UL, node.Number("is_cpu_op"));
                string[] sizes = node.IsCompute ? ["num_ops", "tensor_size"] : ["comm_size"];
                Xunit.Assert.All(sizes, size => Xunit.Assert.NotEqual(0UL, node.Number(size)));
                earlier.Add(node.Id);
                last = node.Id;
            }
        }
    }

    private static void Sums(TraceFiles files, string about)
    {
        var nodes = files.Dag.Nodes.ToArray();
        DagNode[] computing = [.. nodes.Where(node => node.Kind is not (NodeKind.Input or NodeKind.Output)
            && (node.Collective == CollectiveKind.None || (node.Collective != CollectiveKind.SendRecv && node.Gpus!.Count == 1)))];
        int idle = files.Ranks.Count(rank => rank is [{ Name: "idle" }]);
        decimal operations = files.Nodes.Where(node => node.IsCompute).Sum(node => (decimal)node.Number("num_ops"));
        Xunit.Assert.True(computing.Length + idle == files.Nodes.Count(node => node.IsCompute), about);
        Xunit.Assert.Equal(computing.Sum(node => Math.Max(1, node.Flops)) + idle, operations);

        decimal wire = nodes.Where(node => node.Collective == CollectiveKind.SendRecv).Sum(node => (decimal)node.WireBytes);
        Xunit.Assert.Equal(wire, files.Nodes.Where(node => node.IsSend).Sum(node => (decimal)node.Number("comm_size")));
        Xunit.Assert.Equal(wire, files.Nodes.Where(node => node.IsReceive).Sum(node => (decimal)node.Number("comm_size")));
    }

    /// <summary>A collective has one id, which its group's files have and no others, with the size of its node.</summary>
    private static void Grouped(TraceFiles files, string about)
    {
        Xunit.Assert.Equal(Enumerable.Range(1, files.Groups.Count).Select(id => $"{id}"), files.Groups.Keys);
        Xunit.Assert.All(
            files.Groups.Values, group => Xunit.Assert.True(group.Length > 1 && group.SequenceEqual(group.Distinct().Order())));
        Xunit.Assert.Equal(files.Groups.Count, files.Groups.Values.Select(group => string.Join(',', group)).Distinct().Count());
        Dictionary<string, DagNode> nodes = files.Dag.Nodes.ToDictionary(node => node.Id);
        int[] gpus = files.Dag.Pool!.ToArray();
        var collectives = files.Ranks.SelectMany((own, rank) => own.Where(node => node.IsCollective).Select(node => (node, rank)))
            .GroupBy(part => part.node.Id).OrderBy(parts => parts.Key).ToArray();
        var used = new List<string>();
        foreach (var parts in collectives)
        {
            DagNode node = nodes[parts.First().node.Name];
            Xunit.Assert.True(files.Groups[parts.First().node.Group].SequenceEqual(parts.Select(part => part.rank)), $"{about}: {node.Id}");
            Xunit.Assert.Equal(node.Gpus!.ToArray(), parts.Select(part => gpus[part.rank]));
            long bytes = node.Bytes!.Value;
            bool shard = node.Collective == CollectiveKind.AllGather;
            ulong size = (ulong)Math.Max(1, shard ? (bytes + node.GroupSize - 1) / node.GroupSize : bytes);
            Xunit.Assert.All(parts, part =>
            {
                Xunit.Assert.Equal(node.Id, part.node.Name);
                Xunit.Assert.Equal(parts.First().node.Group, part.node.Group);
                Xunit.Assert.Equal(Types[node.Collective], part.node.Number("comm_type"));
                Xunit.Assert.Equal(size, part.node.Number("comm_size"));
            });
            if (!used.Contains(parts.First().node.Group))
                used.Add(parts.First().node.Group);
        }

        Xunit.Assert.Equal(files.Groups.Keys, used);
        int expected = nodes.Values.Count(node => Types.ContainsKey(node.Collective) && node.Gpus!.Count > 1);
        Xunit.Assert.Equal(expected, collectives.Length);
    }

    private static void Paired(TraceFiles files, string about)
    {
        var sends = new Dictionary<ulong, (int Rank, GoogleNode Node)>();
        foreach ((GoogleNode node, int rank) in All(node => node.IsSend))
            sends.Add(node.Id, (rank, node));
        int received = 0;
        foreach ((GoogleNode node, int rank) in All(node => node.IsReceive))
        {
            received++;
            (int sender, GoogleNode send) = sends[node.Id];
            Xunit.Assert.True(
                node.Attributes.SequenceEqual(send.Attributes) && node.Number("comm_src") == (ulong)sender && sender != rank
                    && node.Number("comm_dst") == (ulong)rank && node.Number("comm_tag") == node.Id && node.Name == send.Name,
                $"{about}: {node.Name}");
        }

        Xunit.Assert.Equal(sends.Count, received);

        IEnumerable<(GoogleNode Node, int Rank)> All(Func<GoogleNode, bool> wanted) =>
            files.Ranks.SelectMany((own, rank) => own.Where(wanted).Select(node => (node, rank)));
    }

    private static void Chained(TraceFiles files, string about)
    {
        foreach (List<GoogleNode> nodes in files.Ranks)
        {
            GoogleNode? before = null, computation = null, communication = null;
            foreach (GoogleNode node in nodes)
            {
                GoogleNode? due = files.Options.Schedule switch
                {
                    ChakraSchedule.Serial => before,
                    ChakraSchedule.Streams when node.IsCompute => computation,
                    ChakraSchedule.Streams when !node.IsReceive => communication,
                    _ => null,
                };
                if (due is not null)
                    Xunit.Assert.Contains(due.Id, node.Control);
                if (files.Options.Schedule != ChakraSchedule.Streams)
                    Xunit.Assert.True(node.Control.Count == (due is null ? 0 : 1), about);
                before = node;
                computation = node.IsCompute ? node : computation;
                communication = node.IsCompute || node.IsReceive ? communication : node;
            }
        }
    }

    /// <summary>Data dependencies are the predecessors that are in the file, by names alone.</summary>
    private static void Reading(TraceFiles files, string about)
    {
        if (files.Options.WithoutNames)
            return;
        Dictionary<string, DagNode> nodes = files.Dag.Nodes.ToDictionary(node => node.Id);
        var reads = nodes.Values.ToDictionary(node => node.Id, _ => new List<DagNode>());
        foreach (DagEdge edge in files.Dag.Edges)
        {
            if (edge.Kind != EdgeKind.Order)
                reads[edge.Target].Add(edge.GetSource());
        }

        // Of many ranks some, because this asks every edge on every rank.
        const int Asked = 48;
        HashSet<string> present = [.. files.Nodes.Select(node => node.Name)];
        for (int rank = 0; rank < files.Ranks.Length; rank += 1 + (files.Ranks.Length / Asked))
        {
            ILookup<string, GoogleNode> own = files.Ranks[rank].ToLookup(node => node.Name);
            foreach (GoogleNode node in files.Ranks[rank].Where(node => node.Name != "idle"))
            {
                ulong[] expected = [.. Read(node.Name).Distinct().Order()];
                if (node.IsSend && nodes[node.Name].Op == Ops.KvTransfer)
                    Xunit.Assert.True(node.Data.Count == 1 && expected.Contains(node.Data[0]), $"{about}: {node.Name}");
                else
                    Xunit.Assert.True(expected.SequenceEqual(node.Data), $"{about}: {node.Name} on {rank}");
            }

            IEnumerable<ulong> Read(string name) => reads[name].SelectMany(source =>
            {
                GoogleNode[] there = [.. own[source.Id]];
                GoogleNode[] arriving = [.. there.Where(node => !node.IsSend)];
                return !present.Contains(source.Id) ? Read(source.Id)
                    : (arriving.Length > 0 ? arriving : there).Select(node => node.Id);
            });
        }
    }
}
