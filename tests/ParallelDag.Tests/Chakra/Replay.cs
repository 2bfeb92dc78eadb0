namespace ParallelDag.Tests.Chakra;

/// <summary>
/// Runs traces as ASTRA-sim does: a rank issues what is ready by ascending id where its one computing and its one communicating resource
/// are
/// free; a receive occupies none. A collective ends when all members have issued it, a receive when its message was sent; which of the rest
/// ends next is drawn. What is left in the end never would have been issued.
/// </summary>
internal static class Replay
{
    /// <summary>The nodes that never end.</summary>
    public static int Stalled(TraceFiles files, int seed)
    {
        var random = new Random(seed);
        var ranks = files.Ranks.Select(nodes => new Rank(nodes)).ToArray();
        var waiting = new Dictionary<ulong, int>();
        var sent = new HashSet<ulong>();
        var running = new List<(int Rank, GoogleNode Node)>();
        while (true)
        {
            for (int rank = 0; rank < ranks.Length; rank++)
            {
                foreach (GoogleNode node in ranks[rank].Issue())
                {
                    if (node.IsCollective)
                        waiting[node.Id] = waiting.GetValueOrDefault(node.Id) + 1;
                    running.Add((rank, node));
                }
            }

            (int Rank, GoogleNode Node)[] able = [.. running.Where(item => item.Node.IsCollective
                ? waiting[item.Node.Id] == files.Groups[item.Node.Group].Length
                : !item.Node.IsReceive || sent.Contains(item.Node.Id))];
            if (able.Length == 0)
                return ranks.Sum(rank => rank.Left);
            (int Rank, GoogleNode Node) next = able[random.Next(able.Length)];
            foreach ((int Rank, GoogleNode Node) part in next.Node.IsCollective ? able.Where(item => item.Node.Id == next.Node.Id) : [next])
            {
                running.Remove(part);
                ranks[part.Rank].End(part.Node);
                if (part.Node.IsSend)
                    sent.Add(part.Node.Id);
            }
        }
    }

    private sealed class Rank
    {
        private readonly Dictionary<ulong, int> _open;
        private readonly ILookup<ulong, GoogleNode> _followers;
        private readonly SortedDictionary<ulong, GoogleNode> _ready;
        private bool _computes, _communicates;

        public Rank(List<GoogleNode> nodes)
        {
            Left = nodes.Count;
            _open = nodes.ToDictionary(node => node.Id, node => node.Control.Union(node.Data).Count());
            _followers = nodes.SelectMany(node => node.Control.Union(node.Data).Select(source => (source, node)))
                .ToLookup(pair => pair.source, pair => pair.node);
            _ready = new(nodes.Where(node => _open[node.Id] == 0).ToDictionary(node => node.Id));
        }

        public int Left { get; private set; }

        public List<GoogleNode> Issue()
        {
            var issued = new List<GoogleNode>();
            foreach (GoogleNode node in _ready.Values)
            {
                if (node.IsCompute ? _computes : !node.IsReceive && _communicates)
                    continue;
                _computes |= node.IsCompute;
                _communicates |= node.IsSend || node.IsCollective;
                issued.Add(node);
            }

            issued.ForEach(node => _ready.Remove(node.Id));
            return issued;
        }

        public void End(GoogleNode node)
        {
            Left--;
            _computes &= !node.IsCompute;
            _communicates &= !(node.IsSend || node.IsCollective);
            foreach (GoogleNode follower in _followers[node.Id])
            {
                if (--_open[follower.Id] == 0)
                    _ready.Add(follower.Id, follower);
            }
        }
    }
}
