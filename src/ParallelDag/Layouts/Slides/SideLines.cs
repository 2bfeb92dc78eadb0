using ParallelDag.Graphs;

namespace ParallelDag.Layouts.Slides;

/// <summary>
/// The lanes beside the boxes of a frame. The lines of one box and kind share a lane, those of all caches a trunk to what hands them off
/// and another from there on. Of two lanes side by side the shorter is the inner one, so that lines which enclose each other do not cross.
/// Choices of experts and KV caches go to the left, data to the right, and lines change sides as long as that saves crossings. O(n^2) for
/// n lines of a frame, which are few.
/// </summary>
internal sealed class SideLines
{
    private const double Clearance = 13;

    private const double Spacing = 7;

    private readonly List<Lane> _lanes = [];
    private readonly Dictionary<(SlideBox Box, int Side), List<Port>> _ports = [];

    public SideLines(IReadOnlyList<SlideBox> boxes, IEnumerable<SlideLink> links)
    {
        List<SlideLink> own = [.. links];
        var acrossAt = own.Where(link => link.Way == SlideWay.Across).Select(link => link.Source).Distinct().ToList();
        foreach (var lines in own
            .Where(link => link.Way == SlideWay.Lane || (link.Way is SlideWay.Below or SlideWay.Under && !link.IsStraightDown))
            .GroupBy(KeyOf))
        {
            SlideBox[] sources = [.. lines.Select(link => link.Source).Distinct()];
            int[] stops = [.. lines.Where(link => link.Way == SlideWay.Lane).Select(link => link.Target.Index).Distinct()];
            bool below = lines.Any(link => link.Way == SlideWay.Below), under = lines.Any(link => link.Way == SlideWay.Under);
            bool passes = below && sources[0].Frame.Below is not null;
            int end = below || under ? boxes.Count : stops.Max();
            _lanes.Add(new Lane(lines.Key, sources, stops, end, below) { IsBound = passes || under });
        }

        _lanes.Sort((a, b) => (a.End - a.Start, a.Start, a.Kind).CompareTo((b.End - b.Start, b.Start, b.Kind)));
        foreach (Lane lane in _lanes)
            lane.Side = lane.Kind is EdgeKind.Gate or EdgeKind.Kv || lane.Below ? -1 : 1;
        for (bool better = true; better;)
        {
            better = false;
            foreach (Lane lane in _lanes.Where(lane => !lane.IsBound))
            {
                if (Crossings(lane, -lane.Side, acrossAt) >= Crossings(lane, lane.Side, acrossAt))
                    continue;
                lane.Side = -lane.Side; // There are fewer crossings each time, so this ends.
                better = true;
            }
        }

        foreach (Lane lane in _lanes)
        {
            lane.Track = 1 + _lanes.TakeWhile(other => other != lane).Where(other => other.Side == lane.Side && other.Meets(lane))
                .Select(other => other.Track).DefaultIfEmpty(-1).Max();
            foreach (SlideBox source in lane.Sources)
                AddPort(source, lane.Side, lane, arrives: false);
            foreach (int stop in lane.Stops)
                AddPort(boxes[stop], lane.Side, lane, arrives: true);
        }

        foreach (SlideBox box in acrossAt)
            AddPort(box, 1, null, arrives: false);
        foreach (List<Port> ports in _ports.Values)
            ports.Sort((a, b) => a.Order.CompareTo(b.Order));
    }

    public double LeftWidth => WidthOf(-1);

    public double RightWidth => WidthOf(1);

    /// <summary>The x of the lane of a line.</summary>
    public double LaneX(SlideLink link)
    {
        Lane lane = LaneOf(link);
        double away = Clearance + (lane.Track * Spacing);
        return lane.Side < 0 ? link.Source.X - away : link.Source.X + link.Source.Width + away;
    }

    /// <summary>Where a line leaves its source: a point on the outline.</summary>
    public (double X, double Y) Leaving(SlideLink link)
    {
        Lane? lane = link.Way == SlideWay.Across ? null : LaneOf(link);
        return At(link.Source, lane?.Side ?? 1, lane, arrives: false);
    }

    /// <summary>Where a line reaches its target: a point on the outline.</summary>
    public (double X, double Y) Arriving(SlideLink link)
    {
        Lane lane = LaneOf(link);
        return At(link.Target, lane.Side, lane, arrives: true);
    }

    private (double X, double Y) At(SlideBox box, int side, Lane? lane, bool arrives)
    {
        List<Port> ports = _ports[(box, side)];
        int place = ports.FindIndex(port => port.Lane == lane && port.Arrives == arrives);
        double y = box.Y + (box.Height * (place + 1) / (ports.Count + 1));
        return (box.SideAt(side, y), y);
    }

    private Lane LaneOf(SlideLink link) => _lanes.Find(lane => lane.Key == KeyOf(link))!;

    private static (SlideBox? Source, EdgeKind Kind, bool Leaves) KeyOf(SlideLink link) =>
        link.Kind == EdgeKind.Kv ? (null, link.Kind, link.Way != SlideWay.Lane) : (link.Source, link.Kind, false);

    private double WidthOf(int side)
    {
        int tracks = _lanes.Where(lane => lane.Side == side).Select(lane => lane.Track + 1).DefaultIfEmpty().Max();
        return tracks == 0 ? 0 : Clearance + ((tracks - 1) * Spacing) + 3;
    }

    // Lanes come from short to long, so of two the earlier one is the inner one, which the ends of the other cross.
    private int Crossings(Lane lane, int side, List<SlideBox> acrossAt)
    {
        int place = _lanes.IndexOf(lane), crossings = side < 0 ? 0 : acrossAt.Count(box => lane.Start < box.Index && box.Index < lane.End);
        for (int i = 0; i < _lanes.Count; i++)
        {
            if (i != place && _lanes[i].Side == side)
                crossings += i < place ? _lanes[i].CrossedBy(lane) : lane.CrossedBy(_lanes[i]);
        }

        return crossings;
    }

    // Lines that arrive stand above those that leave; of those that arrive the inner ones, of those that leave the outer ones come first.
    private void AddPort(SlideBox box, int side, Lane? lane, bool arrives)
    {
        if (!_ports.TryGetValue((box, side), out List<Port>? ports))
            _ports.Add((box, side), ports = []);
        ports.Add(new Port(lane, arrives, arrives ? (0, lane!.Track) : (1, lane is null ? int.MinValue : -lane.Track)));
    }

    private sealed record Port(Lane? Lane, bool Arrives, (int Part, int Place) Order);

    private sealed class Lane((SlideBox? Source, EdgeKind Kind, bool Leaves) key, SlideBox[] sources, int[] stops, int end, bool below)
    {
        public (SlideBox? Source, EdgeKind Kind, bool Leaves) Key { get; } = key;

        public EdgeKind Kind => Key.Kind;

        public SlideBox[] Sources { get; } = sources;

        public int[] Stops { get; } = stops;

        public int Start { get; } = sources.Min(source => source.Index);

        public int End { get; } = end;

        public bool Below { get; } = below;

        /// <summary>True when the lane keeps its side, because of what is below its frame.</summary>
        public bool IsBound { get; init; }

        public int Side { get; set; }

        public int Track { get; set; }

        /// <summary>Where lines turn off the lane, sideways.</summary>
        public IEnumerable<int> Ends => Stops.Concat(Sources.Select(source => source.Index));

        /// <summary>How many ends of a longer lane cross this one.</summary>
        public int CrossedBy(Lane outer) => outer.Ends.Count(end => Start < end && end < End);

        public bool Meets(Lane other) => Math.Max(Start, other.Start) < Math.Min(End, other.End);
    }
}
