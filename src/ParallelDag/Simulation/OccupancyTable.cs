namespace ParallelDag.Simulation;

/// <summary>
/// The distinct sets of streams that actions occupy, as compressed sparse rows. Row 0 is the empty set. Thousands of actions share a row.
/// </summary>
internal sealed class OccupancyTable
{
    private readonly Dictionary<Row, int> _index = [];
    private readonly List<int> _streams = [];
    private readonly List<int> _offsets = [0, 0];

    /// <summary>A table for streams 0 to <paramref name="streamCount"/> - 1.</summary>
    public OccupancyTable(int streamCount)
    {
        StreamCount = streamCount;
        _index.Add(new Row([]), 0);
    }

    /// <summary>How many streams there are.</summary>
    public int StreamCount { get; }

    /// <summary>Row starts: one more than there are rows.</summary>
    public int[] Offsets => [.. _offsets];

    /// <summary>The streams of all rows.</summary>
    public int[] Streams => [.. _streams];

    /// <summary>The row that holds exactly these streams, ascending; added when it is new.</summary>
    public int Add(int[] streams)
    {
        var row = new Row(streams);
        if (!_index.TryGetValue(row, out int index))
        {
            index = _offsets.Count - 1;
            _index.Add(row, index);
            _streams.AddRange(streams);
            _offsets.Add(_streams.Count);
        }

        return index;
    }

    private readonly struct Row(int[] streams) : IEquatable<Row>
    {
        private readonly int[] _streams = streams;

        public bool Equals(Row other) => _streams.AsSpan().SequenceEqual(other._streams);

        public override bool Equals(object? obj) => obj is Row other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (int stream in _streams)
                hash.Add(stream);
            return hash.ToHashCode();
        }
    }
}
