namespace ParallelDag.Simulation;

/// <summary>
/// The distinct sets of streams that actions occupy, as compressed sparse rows. Row 0 is the empty set. Thousands of actions share a row.
/// </summary>
internal sealed class OccupancyTable
{
    private readonly Dictionary<Row, int> _index = [];
    private int[] _streams = [];
    private int[] _offsets = [0, 0];
    private int _rows = 1;

    /// <summary>A table for streams 0 to <paramref name="streamCount"/> - 1.</summary>
    public OccupancyTable(int streamCount)
    {
        StreamCount = streamCount;
        _index.Add(new Row([]), 0);
    }

    /// <summary>How many streams there are.</summary>
    public int StreamCount { get; }

    /// <summary>Row starts; row r ends where row r + 1 starts.</summary>
    public int[] Offsets => _offsets;

    /// <summary>The streams of all rows.</summary>
    public int[] Streams => _streams;

    /// <summary>The streams of a row, ascending.</summary>
    public ReadOnlySpan<int> this[int row] => _streams.AsSpan(_offsets[row], _offsets[row + 1] - _offsets[row]);

    /// <summary>The row that holds exactly these streams, ascending; added when it is new.</summary>
    public int Add(int[] streams)
    {
        var row = new Row(streams);
        if (_index.TryGetValue(row, out int index))
            return index;
        int used = _offsets[_rows];
        if (_streams.Length < used + streams.Length)
            Array.Resize(ref _streams, Math.Max(used + streams.Length, 2 * used));
        if (_offsets.Length < _rows + 2)
            Array.Resize(ref _offsets, 2 * _offsets.Length);
        streams.CopyTo(_streams, used);
        _index.Add(row, _rows);
        _offsets[_rows + 1] = used + streams.Length;
        return _rows++;
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
