using ParallelDag.Pictures.Facts;

namespace ParallelDag.Pictures.TrafficMatrix;

/// <summary>
/// Bytes from node to node in one step. An All-to-All spreads evenly over the pairs of a group; gathers and reductions go round a ring in
/// the order of the group, as the ring model of times has them; messages between stages and phases go from sender to receiver.
/// </summary>
internal sealed class NodeTraffic
{
    private readonly double[] _bytes;

    private NodeTraffic(int blocks, int nodesPerBlock)
    {
        Blocks = blocks;
        NodesPerBlock = nodesPerBlock;
        _bytes = new double[blocks * blocks];
    }

    /// <summary>Rows and columns.</summary>
    public int Blocks { get; }

    /// <summary>Nodes that share a row.</summary>
    public int NodesPerBlock { get; }

    /// <summary>Bytes from one block to another; with itself: what stays inside its nodes, and between them where it has several.</summary>
    public double this[int from, int to] => _bytes[(from * Blocks) + to];

    /// <summary>The rows that are not empty, from the first to the last.</summary>
    public Range Rows => Used((i, j) => this[i, j]);

    /// <summary>The columns that are not empty, from the first to the last.</summary>
    public Range Columns => Used((i, j) => this[j, i]);

    /// <summary>How many rows are drawn.</summary>
    public int Height => Rows.End.Value - Rows.Start.Value;

    /// <summary>How many columns are drawn.</summary>
    public int Width => Columns.End.Value - Columns.Start.Value;

    /// <summary>The largest number.</summary>
    public double Most => _bytes.Max();

    /// <summary>Counts the exchanges that a choice lets through.</summary>
    public static NodeTraffic Of(DeploymentPlan plan, Func<Exchange, bool> choose, int mostBlocks)
    {
        int perNode = NodeUnit.Size(plan.Cluster), nodes = (plan.Phases.Max(layout => layout.RankGpus.Max()) / perNode) + 1;
        int perBlock = (nodes + mostBlocks - 1) / mostBlocks, blocks = (nodes + perBlock - 1) / perBlock;
        var traffic = new NodeTraffic(blocks, perBlock);
        foreach (Exchange exchange in Exchange.Of(plan).Where(choose))
            traffic.Add(exchange, gpu => gpu / perNode / perBlock);
        return traffic;
    }

    private Range Used(Func<int, int, double> of)
    {
        int[] used = [.. Enumerable.Range(0, Blocks).Where(i => Enumerable.Range(0, Blocks).Any(j => of(i, j) > 0))];
        return used.Length == 0 ? new Range(0, 0) : new Range(used[0], used[^1] + 1);
    }

    private void Add(Exchange exchange, Func<int, int> blockOf)
    {
        int[] gpus = exchange.Gpus;
        double bytes = (double)exchange.WireBytes;
        if (exchange.Step is null)
        {
            _bytes[(blockOf(gpus[0]) * Blocks) + blockOf(gpus[1])] += bytes;
            return;
        }

        if (gpus.Length < 2)
            return;
        if (exchange.Step.Collective != CollectiveKind.AllToAll)
        {
            for (int i = 0; i < gpus.Length; i++)
                _bytes[(blockOf(gpus[i]) * Blocks) + blockOf(gpus[(i + 1) % gpus.Length])] += bytes / gpus.Length;
            return;
        }

        double pair = bytes / ((double)gpus.Length * (gpus.Length - 1));
        (int Block, int Count)[] members = [.. gpus.GroupBy(blockOf).Select(group => (group.Key, group.Count()))];
        foreach ((int from, int senders) in members)
        {
            foreach ((int to, int receivers) in members)
                _bytes[(from * Blocks) + to] += pair * senders * (from == to ? receivers - 1 : receivers);
        }
    }
}
