using ParallelDag.Graphs;
using ParallelDag.Looks;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Layouts.Slides;

/// <summary>The boxes of a stage in order.</summary>
/// <param name="Group">The stage, which may stand for others.</param>
/// <param name="Boxes">Its boxes.</param>
/// <param name="Passing">For each place between boxes, from 0, how many sources above it have lines to boxes below it.</param>
/// <param name="Sends">
/// The place behind the last box with a line to another stage of the phase; as many as there are boxes where none has.
/// </param>
internal sealed record StageContent(StageGroup Group, IReadOnlyList<SlideBox> Boxes, int[] Passing, int Sends);

/// <summary>What a slide shows: the boxes of each stage and the links between them, folded, before anything has a place.</summary>
internal sealed class SlideContent
{
    private readonly Dag _dag;
    private readonly Dictionary<int, (SlideBox Box, int Group)> _home = [];
    private readonly int[] _standIn;
    private readonly List<SlideFrame> _frames = [];
    private int _groups;

    private SlideContent(Dag dag, int[] standIn) => (_dag, _standIn) = (dag, standIn);

    public List<StageContent> Stages { get; } = [];

    public List<SlideLink> Links { get; } = [];

    public List<FoldedRun> Runs { get; } = [];

    /// <summary>Reads what is drawn; null when the graph has a cycle within a stage.</summary>
    public static SlideContent? TryRead(
        Dag dag, bool[] visible, int[] order, int[] position, SlideFolding folding, int[] edgeMarks)
    {
        bool[] drawn = [.. visible];
        int[] standIn = new int[dag.NodeCount];
        Array.Fill(standIn, -1);
        var content = new SlideContent(dag, standIn);
        List<StageGroup> groups = Bands.Group(dag, visible, order, position);
        if (folding.Stages)
            GroupFolding.Fold(dag, groups, drawn, standIn, content.Runs);
        Dictionary<Segment, Segment> drawnFor = folding.Layers ? SegmentFolding.Fold(dag, groups, drawn, standIn, content.Runs) : [];
        foreach (StageGroup group in groups)
            content.AddBoxes(group, drawnFor, folding, position);
        content.AddLinks(edgeMarks);
        if (content.Links.Exists(link => link.Source.Frame == link.Target.Frame && link.Target.Index < link.Source.Index))
            return null;
        content.AddStages();
        return content;
    }

    /// <summary>The node that an end of an edge is drawn as.</summary>
    public int DrawnAs(int node)
    {
        while (_home[node].Box.Node != node && _standIn[node] >= 0)
            node = _standIn[node];
        return node;
    }

    /// <summary>How every link gets from frame to frame.</summary>
    public void SetWays()
    {
        foreach (SlideLink link in Links)
        {
            SlideFrame from = link.Source.Frame, to = link.Target.Frame;
            int columns = to.Column - from.Column;
            link.Way = from == to ? (link.Target.Index == link.Source.Index + 1 ? SlideWay.Down : SlideWay.Lane)
                : to.Above == from ? SlideWay.Under
                : columns == 1 && to.Above is null && MayCross(link) ? SlideWay.Across : SlideWay.Below;
        }
    }

    // Between phases caches run along the bottom, and so does what would stretch the upper one of several frames down to a lower one.
    private static bool MayCross(SlideLink link)
    {
        (SlideFrame from, SlideFrame to) = (link.Source.Frame, link.Target.Frame);
        return from.Group.Phase == to.Group.Phase || (link.Kind != EdgeKind.Kv && (from.Above is null || to.Below is null));
    }

    /// <summary>True for a message to another stage.</summary>
    public bool IsMessage(SlideLink link) => link.Source.Node >= 0 && IsSend(link.Source.Node);

    // A frame for the whole stage, until it is broken into columns.
    private void AddBoxes(StageGroup group, Dictionary<Segment, Segment> drawnFor, SlideFolding folding, int[] position)
    {
        var frame = new SlideFrame(group, continued: false, 0);
        int number = _groups++;
        var handOffs = new List<int>();
        foreach (Segment segment in group.Segments)
        {
            if (drawnFor.TryGetValue(segment, out Segment? model))
            {
                var note = new SlideBox { Segment = segment, Note = Note(group, segment, model) };
                Add(note);
                foreach (int node in segment.Nodes)
                    _home.Add(node, (note, number));
                continue;
            }

            handOffs.AddRange(segment.Nodes.Where(IsHandOff));
            List<int> rest = [.. segment.Nodes.Where(node => !IsHandOff(node))];
            if (folding.Blocks && segment.LayerRanges is not null)
            {
                string name = SlideLabels.LayersText(segment, double.MaxValue);
                AddBlock(segment, rest, [name, Parts(rest)], $"operators of {SegmentFolding.NameOf(segment)}");
                continue;
            }

            if (folding.Ends)
            {
                rest.RemoveAll(IsSend);
                if (rest.Count > 1)
                {
                    string name = segment.Section == Section.Before ? "Entry" : "Exit";
                    AddBlock(segment, rest, [name, Parts(rest)], $"operators of the {name.ToLowerInvariant()}");
                    rest.Clear();
                }

                rest.AddRange(segment.Nodes.Where(IsSend));
            }

            foreach (int node in ChainOrder.Of(_dag, rest, position))
                AddNode(node, segment);
        }

        if (folding.Ends && handOffs.Count > 1)
        {
            long bytes = handOffs.Sum(node => _dag.FactsOf(node).WireBytes);
            AddBlock(null, handOffs, [$"{handOffs.Count} KV Transfers", Quantity.FormatBytes(bytes)], "KV transfers");
            handOffs.Clear();
        }

        foreach (int node in handOffs)
            AddNode(node, null);
        foreach (StageGroup alike in group.Alike)
        {
            number = _groups++;
            foreach ((int node, int model) in NodesOf(alike).Zip(NodesOf(group)))
                _home.Add(node, (_home[model].Box, number));
        }

        _frames.Add(frame);

        void AddNode(int node, Segment? segment)
        {
            // A node that is alone stands for all that its layer does.
            bool alone = segment is { LayerRanges: not null } && segment.Nodes.Count(other => !IsHandOff(other)) == 1;
            string? name = alone && _dag.FactsOf(node).Kind == NodeKind.Computation ? "Decoder layer" : null;
            var box = new SlideBox { Node = node, Segment = segment, Shape = _dag.FactsOf(node).Kind.ToShape(), Name = name };
            Add(box);
            _home.Add(node, (box, number));
        }

        // The operator with most work stands for the block.
        void AddBlock(Segment? segment, List<int> nodes, string[] words, string folded)
        {
            if (nodes.Count == 0)
                return;
            int main = nodes.MaxBy(node => _dag.FactsOf(node).Flops);
            NodeShape shape = segment is null ? NodeShape.Ellipse : NodeShape.Box;
            var box = new SlideBox { Node = main, Segment = segment, Words = words, Shape = shape };
            Add(box);
            foreach (int node in nodes)
            {
                _home.Add(node, (box, number));
                _standIn[node] = node == main ? -1 : main;
            }

            if (nodes.Count > 1)
                Runs.Add(new FoldedRun(group.Phase, group.Stage, folded, "one block"));
        }

        void Add(SlideBox box)
        {
            (box.Frame, box.Index) = (frame, frame.Boxes.Count);
            frame.Boxes.Add(box);
        }
    }

    private bool IsHandOff(int node) => _dag.FactsOf(node).Op == Ops.KvTransfer;

    private static IEnumerable<int> NodesOf(StageGroup group) => group.Segments.SelectMany(segment => segment.Nodes);

    private bool IsSend(int node) => _dag.FactsOf(node).Role == OperatorRole.Send;

    // What computes, each name once.
    private string Parts(List<int> nodes) =>
        string.Join(", ", nodes.Where(node => _dag.FactsOf(node).Flops > 0).Select(node => Bare(_dag.FactsOf(node).Name)).Distinct());

    private static string Bare(string name) => name.IndexOf(" (", StringComparison.Ordinal) is > 0 and var end ? name[..end] : name;

    private static string[] Note(StageGroup group, Segment segment, Segment model)
    {
        int count = GpuSet.TryParse(segment.LayerRanges, out GpuSet? set) ? set.Count : 1;
        string times = count > 1 && group.Alike.Count == 0 ? Words.Invariant($"\u00d7{count}, ") : "";
        string layers = group.Alike.Count > 0 ? "Layers of each" : $"{(count > 1 ? "Layers" : "Layer")} {segment.LayerRanges}";
        return [layers, $"{times}like {model.LayerRanges}"];
    }

    private void AddLinks(int[] edgeMarks)
    {
        var known = new Dictionary<(SlideBox, SlideBox, EdgeKind), SlideLink>();
        foreach ((int node, (SlideBox source, int group)) in _home.OrderBy(entry => entry.Key))
        {
            int first = _dag.Topology.FirstEdge(node);
            for (int i = 0; i < _dag.Topology.OutDegree(node); i++)
            {
                // Between stages or micro-batches that are drawn once nothing is drawn.
                int target = _dag.Topology.TargetOf(first + i);
                if (!_home.TryGetValue(target, out (SlideBox Box, int Group) other) || other.Box == source
                    || (other.Group != group && other.Box.Frame == source.Frame))
                    continue;
                EdgeKind kind = _dag.Topology.KindOf(first + i);
                if (!known.TryGetValue((source, other.Box, kind), out SlideLink? link))
                {
                    int edge = first + i;
                    link = new SlideLink { Edge = edge, Kind = kind, Source = source, Target = other.Box, Mark = edgeMarks[edge] };
                    known.Add((source, other.Box, kind), link);
                    Links.Add(link);
                }

                link.Sources.Add(node);
            }
        }

        Links.Sort((a, b) => a.Edge.CompareTo(b.Edge));
    }

    private void AddStages()
    {
        foreach (SlideFrame frame in _frames)
        {
            int[] passing = new int[frame.Boxes.Count + 1];
            IEnumerable<SlideLink> inner = Links.Where(link => link.Source.Frame == frame && link.Target.Frame == frame);
            foreach (IGrouping<int, SlideLink> lines in inner.GroupBy(link => link.Source.Index))
            {
                int last = lines.Max(link => link.Target.Index);
                for (int place = lines.Key + 1; place <= last; place++)
                    passing[place]++;
            }

            int[] sends = [.. Links.Where(link => link.Source.Frame == frame && link.Target.Frame != frame
                && link.Target.Frame.Group.Phase == frame.Group.Phase).Select(link => link.Source.Index + 1)];
            Stages.Add(new StageContent(frame.Group, [.. frame.Boxes], passing, sends.Length == 0 ? frame.Boxes.Count : sends.Max()));
        }
    }
}
