using System.Runtime.InteropServices;
using ParallelDag.Graphs;
using ParallelDag.Looks;

namespace ParallelDag.Layouts;

/// <summary>
/// Routes edges along channels (between rows), gutters (beside the lanes) and the highway (above the columns), none of which holds a
/// node, so that no edge crosses a box. An edge to the next row goes straight down where the boxes overlap, else it steps aside in the
/// channel; an edge past a few rows takes a gap that they have in common; every other edge leaves by a gutter. Edges of one source and kind
/// share their lines as far as they go the same way. O(V + E) apart from sorting the lines of each channel and gutter.
/// </summary>
internal sealed class Routing
{
    private const double TrackSpacing = 7;

    /// <summary>A channel or gutter does not grow beyond this for its lines; they move closer instead.</summary>
    private const double WidestRun = 260;

    /// <summary>With more lines in a gutter paper matters more than crossings.</summary>
    private const int MostNested = 40;

    private readonly Dag _dag;
    private readonly Lanes _lanes;
    private readonly List<Column> _columns;
    private readonly Row[] _rowOf;
    private readonly List<Route> _routes = [];
    private readonly List<ChannelLine> _channelLines = [];
    private readonly List<GutterLine> _gutterLines = [];
    private readonly List<Bundle> _bundles = [];
    private readonly List<HighwayLine> _highway = [];

    private readonly LaneGaps _gaps = new();

    // The lines that the edges of one source share, while its edges are added.
    private readonly Dictionary<(EdgeKind Kind, int Side), int> _exits = [];
    private readonly Dictionary<(EdgeKind Kind, int Side), int> _bends = [];
    private readonly Dictionary<(int Bundle, Row Row), int> _entries = [];
    private readonly Dictionary<(int Bundle, int Column), int> _descents = [];

    // Choices of experts and caches of one row share a trunk, each source with its own way into it and each target with one out of it.
    private readonly Dictionary<(Row Row, EdgeKind Kind, int Side), int> _trunks = [];
    private readonly Dictionary<(int Bundle, Row Row), int> _trunkEntries = [];
    private readonly Dictionary<(int Bundle, int Column), int> _trunkDescents = [];

    private readonly Ports _ports;
    private readonly double[] _channelHeight;
    private readonly bool[] _labelled;

    public Routing(Dag dag, Lanes lanes, List<Column> columns, Row[] rowOf)
    {
        _dag = dag;
        _lanes = lanes;
        _columns = columns;
        _rowOf = rowOf;
        _ports = new Ports(dag, lanes);
        int channels = 0;
        foreach (Column column in columns)
        {
            column.FirstChannel = channels;
            channels += column.Rows.Count + 1;
        }

        _channelHeight = new double[channels];
        _labelled = new bool[channels];
    }

    /// <summary>The edges that are drawn; by position in the DAG once channels are laid.</summary>
    public ReadOnlySpan<Route> Routes => CollectionsMarshal.AsSpan(_routes);

    /// <summary>The height of the highway above each shelf.</summary>
    public double[] HighwayHeights { get; private set; } = [];

    /// <summary>The height of the channel above a row.</summary>
    public double ChannelAbove(Row row) => _channelHeight[row.Column.FirstChannel + row.Index];

    /// <summary>The height of the channel below a row.</summary>
    public double ChannelBelow(Row row) => _channelHeight[row.Column.FirstChannel + row.Index + 1];

    /// <summary>
    /// Adds the edges of <paramref name="source"/>, in order: their positions, drawn targets and marks. Sources come row by row.
    /// </summary>
    public void Add(int source, ReadOnlySpan<(int Edge, int Target, int Mark)> edges)
    {
        _exits.Clear();
        _bends.Clear();
        _entries.Clear();
        _descents.Clear();
        int straights = 0;
        foreach ((int edge, int target, int mark) in edges)
        {
            EdgeKind kind = _dag.Topology.KindOf(edge);
            var route = new Route { Edge = edge, Source = source, Target = target, Mark = mark, Kind = kind };
            Row from = _rowOf[source], to = _rowOf[target];
            if (from.Column == to.Column && to.Index == from.Index + 1)
                RouteToNextRow(ref route, ref straights);
            else if (from.Column != to.Column || IsTrunk(kind) || !TryRouteByGap(ref route, from, to))
                RouteByGutter(ref route, from, to);
            if (_dag.EdgeFactsOf(source, edge).Label is not null)
                _labelled[to.Column.FirstChannel + to.Index] = true;
            _routes.Add(route);
        }
    }

    /// <summary>Gives every line of a channel its place; then the heights of channels and highway are known.</summary>
    public void LayChannels()
    {
        _routes.Sort((a, b) => a.Edge.CompareTo(b.Edge));
        Span<ChannelLine> lines = CollectionsMarshal.AsSpan(_channelLines);
        int[] order = new int[lines.Length];
        int[] first = new int[_channelHeight.Length + 1];
        foreach (ChannelLine line in lines)
            first[line.Channel + 1]++;
        for (int channel = 0; channel < _channelHeight.Length; channel++)
            first[channel + 1] += first[channel];
        int[] next = first[..^1];
        for (int line = 0; line < lines.Length; line++)
            order[next[lines[line].Channel]++] = line;
        foreach (Column column in _columns)
        {
            for (int i = 0; i <= column.Rows.Count; i++)
            {
                int channel = column.FirstChannel + i;
                RowKind? above = i == 0 ? null : column.Rows[i - 1].Kind;
                RowKind? below = i == column.Rows.Count ? null : column.Rows[i].Kind;
                ChannelTracks.Lay(lines, order.AsSpan(first[channel]..first[channel + 1]), out int tracks);
                double least = above == RowKind.Nodes && below == RowKind.Nodes ? 22 : above is null ? 8 : 14;
                double height = tracks == 0 ? least : 22 + Math.Min(WidestRun, tracks * TrackSpacing);
                double spacing = Math.Min(TrackSpacing, WidestRun / Math.Max(1, tracks));
                foreach (int line in order.AsSpan(first[channel]..first[channel + 1]))
                    lines[line].Y = 10 + (lines[line].Y * spacing);
                _channelHeight[channel] = Math.Max(least, height) + (_labelled[channel] ? 14 : 0);
            }
        }

        HighwayHeights = new double[_columns[^1].Shelf + 1];
        for (int shelf = 0; shelf < HighwayHeights.Length; shelf++)
            LayHighway(shelf);
    }

    private void LayHighway(int shelf)
    {
        Span<HighwayLine> highway = CollectionsMarshal.AsSpan(_highway);
        var members = new List<int>();
        for (int line = 0; line < highway.Length; line++)
        {
            if (highway[line].Shelf == shelf)
                members.Add(line);
        }

        // Places of different shelves are not above each other to the pixel; lines between shelves do not share tracks.
        bool shares = HighwayHeights.Length == 1;
        int count = Assign(members.Count, i => shares ? (_highway[members[i]].FirstPlace, _highway[members[i]].LastPlace) : (0, 0),
            out int[] track);
        double step = Math.Min(TrackSpacing, WidestRun / Math.Max(1, count));
        HighwayHeights[shelf] = count == 0 ? 0 : 16 + (count * step);
        for (int i = 0; i < members.Count; i++)
            highway[members[i]].Y = HighwayHeights[shelf] - 8 - (track[i] * step);
    }

    /// <summary>Gives every line of a gutter its place, now that rows have theirs; then the widths of columns are known.</summary>
    /// <param name="highwayTops">The upper side of the highway above each shelf.</param>
    public void LayGutters(double[] highwayTops)
    {
        Span<ChannelLine> lines = CollectionsMarshal.AsSpan(_channelLines);
        double[] channelTop = new double[_channelHeight.Length];
        foreach (Column column in _columns)
        {
            for (int i = 0; i <= column.Rows.Count; i++)
                channelTop[column.FirstChannel + i] = i == 0
                    ? column.Rows[0].Y - _channelHeight[column.FirstChannel]
                    : column.Rows[i - 1].Y + column.Rows[i - 1].Height;
        }

        for (int i = 0; i < lines.Length; i++)
            lines[i].Y += channelTop[lines[i].Channel];
        foreach (ref HighwayLine line in CollectionsMarshal.AsSpan(_highway))
            line.Y += highwayTops[line.Shelf];

        Span<GutterLine> gutters = CollectionsMarshal.AsSpan(_gutterLines);
        for (int i = 0; i < gutters.Length; i++)
            (gutters[i].Top, gutters[i].Bottom) = (double.MaxValue, double.MinValue);
        foreach (ref readonly Route route in Routes)
        {
            if (route.Way < RouteKind.Gutter)
                continue;
            Bundle bundle = _bundles[route.Bundle];
            double exit = lines[route.Exit].Y, entry = lines[route.Entry].Y;
            Stretch(ref gutters[bundle.Gutter], exit);
            if (route.Way == RouteKind.Gutter)
            {
                Stretch(ref gutters[bundle.Gutter], entry);
            }
            else
            {
                double along = _highway[HighwayOf(route)].Y;
                Stretch(ref gutters[bundle.Gutter], along);
                Stretch(ref gutters[route.Descent], along);
                Stretch(ref gutters[route.Descent], entry);
            }
        }

        var sides = new List<int>[_columns.Count * 2];
        for (int i = 0; i < sides.Length; i++)
            sides[i] = [];
        for (int i = 0; i < gutters.Length; i++)
            sides[(gutters[i].Column * 2) + (gutters[i].Side > 0 ? 1 : 0)].Add(i);
        for (int side = 0; side < sides.Length; side++)
        {
            List<int> members = sides[side];
            (double, double)[] intervals = [.. members.Select(line => (_gutterLines[line].Top, _gutterLines[line].Bottom))];
            int[] track = new int[members.Count];
            int count = NestedTracks.Assign(intervals, track);
            if (count > MostNested)
                count = Tracks.Assign(intervals, track);
            double step = Math.Min(TrackSpacing, WidestRun / Math.Max(1, count));
            double width = count == 0 ? 4 : 8 + (count * step);
            Column column = _columns[side / 2];
            if (side % 2 == 0)
                column.LeftGutter = width;
            else
                column.RightGutter = width;

            // Distances from the lanes; turned into coordinates once columns have their places.
            for (int i = 0; i < members.Count; i++)
                gutters[members[i]].X = 4 + (track[i] * step);
        }

        static void Stretch(ref GutterLine line, double y)
        {
            line.Top = Math.Min(line.Top, y);
            line.Bottom = Math.Max(line.Bottom, y);
        }
    }

    /// <summary>The corners of a route, moved down by <paramref name="shift"/>, appended to <paramref name="points"/>.</summary>
    public void Trace(in Route route, double sourceBottom, double targetTop, double shift, List<double> points)
    {
        double sourceX = _rowOf[route.Source].Column.LanesX + route.SourceX;
        double targetX = _rowOf[route.Target].Column.LanesX + route.TargetX;
        points.Add(sourceX);
        points.Add(sourceBottom + shift);
        switch (route.Way)
        {
            case RouteKind.Bend:
                Step(sourceX, targetX, _channelLines[route.Exit].Y);
                break;
            case RouteKind.Gap:
                double gap = _rowOf[route.Source].Column.LanesX + route.GapX;
                Step(sourceX, gap, _channelLines[route.Exit].Y);
                Step(gap, targetX, _channelLines[route.Entry].Y);
                break;
            case RouteKind.Gutter:
                double gutter = GutterX(_bundles[route.Bundle].Gutter);
                Step(sourceX, gutter, _channelLines[route.Exit].Y);
                Step(gutter, targetX, _channelLines[route.Entry].Y);
                break;
            case RouteKind.Highway:
                double ascent = GutterX(_bundles[route.Bundle].Gutter), descent = GutterX(route.Descent);
                Step(sourceX, ascent, _channelLines[route.Exit].Y);
                Step(ascent, descent, _highway[HighwayOf(route)].Y);
                Step(descent, targetX, _channelLines[route.Entry].Y);
                break;
            default:
                break;
        }

        points.Add(targetX);
        points.Add(targetTop + shift);

        void Step(double fromX, double toX, double y)
        {
            points.Add(fromX);
            points.Add(y + shift);
            points.Add(toX);
            points.Add(y + shift);
        }
    }

    // The highway between two columns is the one above the lower shelf.
    private int HighwayOf(in Route route) => _rowOf[route.Target].Column.Shelf > _rowOf[route.Source].Column.Shelf
        ? _bundles[route.Bundle].LowerHighway
        : _bundles[route.Bundle].Highway;

    private double GutterX(int line)
    {
        GutterLine gutter = _gutterLines[line];
        Column column = _columns[gutter.Column];
        return gutter.Side < 0 ? column.LanesX - gutter.X : column.LanesX + column.LanesWidth + gutter.X;
    }

    private static int Assign(int count, Func<int, (double, double)> interval, out int[] track)
    {
        var intervals = new (double, double)[count];
        for (int i = 0; i < count; i++)
            intervals[i] = interval(i);
        track = new int[count];
        return Tracks.Assign(intervals, track);
    }

    private void RouteToNextRow(ref Route route, ref int straights)
    {
        (double sourceLow, double sourceHigh) = _ports.Range(route.Source, below: true);
        (double targetLow, double targetHigh) = _ports.Range(route.Target, below: false);
        double low = Math.Max(sourceLow, targetLow), high = Math.Min(sourceHigh, targetHigh);
        if (high - low >= Ports.Spacing)
        {
            // Edges that join the same two nodes stand beside each other.
            bool repeated = _routes.Count > 0 && _routes[^1] is { Way: RouteKind.Straight } last
                && last.Source == route.Source && last.Target == route.Target;
            straights = repeated ? straights + 1 : 0;
            route.Way = RouteKind.Straight;
            route.SourceX = Math.Min(high, ((low + high) / 2) + (straights * Ports.Spacing));
            route.TargetX = route.SourceX;
            return;
        }

        route.Way = RouteKind.Bend;
        int side = targetLow > sourceHigh || targetLow + targetHigh > sourceLow + sourceHigh ? 1 : -1;
        if (!_bends.TryGetValue((route.Kind, side), out int bend))
        {
            Row row = _rowOf[route.Source];
            double x = _ports.Next(route.Source, below: true, side);
            bend = AddChannelLine(row.Column.FirstChannel + row.Index + 1, ChannelPart.Bend, side, x);
            _bends.Add((route.Kind, side), bend);
        }

        ChannelLine line = _channelLines[bend];
        route.Exit = bend;
        route.SourceX = side > 0 ? line.Left : line.Right;
        route.TargetX = _ports.Next(route.Target, below: false, -side);
        Stretch(bend, route.TargetX);
    }

    private bool TryRouteByGap(ref Route route, Row from, Row to)
    {
        double sourceMiddle = _lanes.X[route.Source] + (_lanes.Width[route.Source] / 2), targetMiddle = _lanes.X[route.Target]
            + (_lanes.Width[route.Target] / 2);
        if (!_gaps.TryReserve(from, to, (sourceMiddle + targetMiddle) / 2, out double x))
            return false;
        route.Way = RouteKind.Gap;
        route.GapX = x;
        int leaving = x > sourceMiddle ? 1 : -1, arriving = x > targetMiddle ? 1 : -1;
        route.SourceX = _ports.Next(route.Source, below: true, leaving);
        route.TargetX = _ports.Next(route.Target, below: false, arriving);
        route.Exit = AddChannelLine(from.Column.FirstChannel + from.Index + 1, ChannelPart.Bend, leaving, route.SourceX);
        Stretch(route.Exit, x);
        route.Entry = AddChannelLine(to.Column.FirstChannel + to.Index, ChannelPart.Bend, arriving, route.TargetX);
        Stretch(route.Entry, x);
        return true;
    }

    private void Stretch(int channelLine, double x)
    {
        ref ChannelLine line = ref CollectionsMarshal.AsSpan(_channelLines)[channelLine];
        line.Left = Math.Min(line.Left, x);
        line.Right = Math.Max(line.Right, x);
    }

    private void RouteByGutter(ref Route route, Row from, Row to)
    {
        int distance = to.Column.Place - from.Column.Place;
        bool sameShelf = to.Column.Shelf == from.Column.Shelf;
        int side = distance != 0 ? Math.Sign(distance) : sameShelf ? SideOf(route, from.Column) : 1;
        bool trunk = IsTrunk(route.Kind);
        if (!(trunk ? _trunks.TryGetValue((from, route.Kind, side), out int bundle) : _exits.TryGetValue((route.Kind, side), out bundle)))
        {
            double x = _ports.Next(route.Source, below: true, side);
            int exit = AddChannelLine(from.Column.FirstChannel + from.Index + 1, ChannelPart.Exit, side, x);
            _gutterLines.Add(new GutterLine { Column = from.Column.Index, Side = side });
            bundle = _bundles.Count;
            _bundles.Add(new Bundle { Exit = exit, Gutter = _gutterLines.Count - 1, Highway = -1, LowerHighway = -1 });
            if (trunk)
            {
                _trunks.Add((from, route.Kind, side), bundle);
                _ports.Share(bundle, route.Source, leaves: true, x);
            }
            else
            {
                _exits.Add((route.Kind, side), bundle);
            }
        }

        ref Bundle shared = ref CollectionsMarshal.AsSpan(_bundles)[bundle];
        route.Bundle = bundle;
        route.Exit = shared.Exit;
        ChannelLine leaving = _channelLines[shared.Exit];
        route.SourceX = trunk ? _ports.Shared(bundle, route.Source, side, leaves: true) : side > 0 ? leaving.Left : leaving.Right;
        Stretch(shared.Exit, route.SourceX);
        route.Way = sameShelf && Math.Abs(distance) <= 1 ? RouteKind.Gutter : RouteKind.Highway;
        int arrival = distance == 0 ? side : -side; // The side of the target's lanes from which the edge comes.
        if (route.Way == RouteKind.Highway)
        {
            ref int highway = ref (to.Column.Shelf > from.Column.Shelf ? ref shared.LowerHighway : ref shared.Highway);
            if (highway < 0)
            {
                _highway.Add(new HighwayLine { Shelf = Math.Max(from.Column.Shelf, to.Column.Shelf), FirstPlace = from.Column.Place,
                    LastPlace = from.Column.Place });
                highway = _highway.Count - 1;
            }

            ref HighwayLine along = ref CollectionsMarshal.AsSpan(_highway)[highway];
            along.FirstPlace = Math.Min(along.FirstPlace, to.Column.Place);
            along.LastPlace = Math.Max(along.LastPlace, to.Column.Place);
            Dictionary<(int Bundle, int Column), int> descents = trunk ? _trunkDescents : _descents;
            if (!descents.TryGetValue((bundle, to.Column.Index), out int descent))
            {
                _gutterLines.Add(new GutterLine { Column = to.Column.Index, Side = arrival });
                descent = _gutterLines.Count - 1;
                descents.Add((bundle, to.Column.Index), descent);
            }

            route.Descent = descent;
        }

        route.TargetX = trunk
            ? _ports.Shared(bundle, route.Target, arrival, leaves: false)
            : _ports.Next(route.Target, below: false, arrival);
        Dictionary<(int Bundle, Row Row), int> entries = trunk ? _trunkEntries : _entries;
        if (!entries.TryGetValue((bundle, to), out int entry))
        {
            entry = AddChannelLine(to.Column.FirstChannel + to.Index, ChannelPart.Entry, arrival, route.TargetX);
            entries.Add((bundle, to), entry);
        }

        Stretch(entry, route.TargetX);
        route.Entry = entry;
    }

    private static bool IsTrunk(EdgeKind kind) => kind is EdgeKind.Gate or EdgeKind.Kv;

    // Data keeps to the side of the node that is nearer to a gutter; choices of experts and KV caches go on the right.
    private int SideOf(in Route route, Column column)
    {
        if (IsTrunk(route.Kind))
            return 1;
        double middle = _lanes.X[route.Source] + (_lanes.Width[route.Source] / 2);
        return middle <= (column.LanesWidth / 2) + 1 ? -1 : 1;
    }

    private int AddChannelLine(int channel, ChannelPart part, int toward, double x)
    {
        _channelLines.Add(new ChannelLine { Channel = channel, Part = part, Toward = toward, Left = x, Right = x });
        return _channelLines.Count - 1;
    }
}
