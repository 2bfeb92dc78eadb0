using System.Globalization;
using System.Text;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// One rule at work on one DAG: collects faults with their witnesses and words the result.
/// Faults of one sort share a description and are told together: <c>5 nodes without GPUs: a, b, c and 2 more</c>.
/// </summary>
internal sealed class Inspection(CheckRule rule, GraphSurvey survey, bool everywhere, CancellationToken cancellation)
{
    // One line must stay readable: so many witnesses are spelled out per sort of fault, so many sorts per rule.
    private const int WitnessesInLine = 4;
    private const int LongestName = 80;

    private readonly Dictionary<(string Noun, string Description), Sort> _sorts = [];
    private readonly List<Sort> _ordered = [];
    private readonly List<int> _nodes = [];
    private readonly List<int> _edges = [];
    private readonly HashSet<int> _knownNodes = [];
    private readonly HashSet<int> _knownEdges = [];
    private AlikeSections? _models;

    /// <summary>How many sorts of fault the line tells; the rest is counted.</summary>
    public int SortsInLine { get; set; } = 5;

    /// <summary>The DAG under inspection: of a drawing the part that runs.</summary>
    public Dag Dag { get; } = survey.Dag;

    /// <summary>What rules share of what they found out.</summary>
    public GraphSurvey Survey { get; } = survey;

    /// <summary>Ends the work early.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>True for what somebody drew: what its nodes are is read from labels and shapes, not stated.</summary>
    public bool IsDrawing => Survey.IsDrawing;

    /// <summary>True when a fault was found.</summary>
    public bool HasFaults => _ordered.Count > 0;

    /// <summary>How many nodes the result names so far.</summary>
    public int MarkedNodes => _nodes.Count;

    /// <summary>
    /// The nodes for a rule to look at that judges each by itself and its neighbours: those of one section of each kind
    /// (<see cref="AlikeSections"/>). A rule that finds a fault among them looks at all.
    /// </summary>
    public ReadOnlySpan<int> Nodes
    {
        get
        {
            _models = Alike;
            return _models?.Nodes ?? Survey.AllNodes;
        }
    }

    /// <summary>The same for a rule that also asks which GPUs a node has: those of one section of each kind in every stage.</summary>
    public ReadOnlySpan<int> NodesOfStages
    {
        get
        {
            _models = AlikeInStages;
            return _models?.Nodes ?? Survey.AllNodes;
        }
    }

    /// <summary>Which sections are alike, for a rule that looks at sections; null where each is to be looked at.</summary>
    public AlikeSections? Alike => everywhere ? null : Survey.Alike;

    /// <summary>Which sections of a stage are alike; null where each is to be looked at.</summary>
    public AlikeSections? AlikeInStages => everywhere ? null : Survey.AlikeInStages;

    /// <summary>True when the rule has looked at models where it found something that only a look at all nodes can tell.</summary>
    public bool MustLookEverywhere => (HasFaults || ReachesFar) && Alike is not null;

    /// <summary>Set by a rule whose verdict on a node also depended on nodes beyond its neighbours.</summary>
    public bool ReachesFar { get; set; }

    /// <summary>How many nodes one of <see cref="Nodes"/> stands for.</summary>
    public int Weight(int node) => _models?.Weight(node) ?? 1;

    /// <summary>Looks at the cancellation token every 65,536th step.</summary>
    public void Step(int index)
    {
        if ((index & 0xFFFF) == 0)
            Cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Records a fault of a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="description">Follows "n nodes": <c>without GPUs</c>; what differs with their number as <see cref="Agreement"/>.</param>
    /// <param name="detail">What this very node shows, or null.</param>
    public void NodeFault(int node, string description, string? detail = null)
    {
        if (SortOf("node", description).Add())
            _sorts[("node", description)].Witnesses.Add(WithDetail(NodeText(node), detail));
        MarkNode(node);
    }

    /// <summary>Records a fault of an edge.</summary>
    public void EdgeFault(int source, int edge, string description, string? detail = null)
    {
        if (SortOf("edge", description).Add())
            _sorts[("edge", description)].Witnesses.Add(WithDetail(EdgeText(source, edge), detail));
        MarkEdge(edge);
    }

    /// <summary>Records a fault that is neither a node nor an edge, such as a layer in no stage; a whole clause.</summary>
    public void Fault(string clause) => SortOf("", clause).Add();

    /// <summary>Names a node in the result without telling it in the line.</summary>
    public void MarkNode(int node)
    {
        if (_nodes.Count < CheckResult.MaxWitnesses && _knownNodes.Add(node))
            _nodes.Add(node);
    }

    /// <summary>Names an edge in the result without telling it in the line.</summary>
    public void MarkEdge(int edge)
    {
        if (_edges.Count < CheckResult.MaxWitnesses && _knownEdges.Add(edge))
            _edges.Add(edge);
    }

    /// <summary>The rule holds, unless faults were recorded.</summary>
    public CheckResult Conclude(InvariantText evidence) => HasFaults ? Fail() : Result(CheckStatus.Pass, Words.Invariant(evidence));

    /// <summary>The rule holds.</summary>
    public CheckResult Conclude(string evidence) => HasFaults ? Fail() : Result(CheckStatus.Pass, evidence);

    /// <summary>The rule needs what the graph does not tell.</summary>
    /// <param name="missing">What is missing, a noun phrase after "no".</param>
    public CheckResult Skip(string missing) => Result(CheckStatus.Skipped, $"not checked: no {missing}");

    /// <summary>The rule fails with a line of its own and the given witnesses, in their order, repeats kept.</summary>
    public CheckResult Fail(string evidence, IReadOnlyList<int> nodes, IReadOnlyList<int> edges) =>
        new(
            rule,
            Survey.Part.Whole,
            CheckStatus.Fail,
            evidence,
            Survey.Part.NodesOfWhole(Bounded(nodes)),
            Survey.Part.EdgesOfWhole(Bounded(edges)));

    /// <summary>A node as a line names it, with its line in the file.</summary>
    public string NodeText(int node) =>
        Dag.Source is SourceMap source ? WithLine(OneLine(Dag.IdOf(node)), source.Nodes[node]) : OneLine(Dag.IdOf(node));

    /// <summary>An edge as a line names it, with its line in the file.</summary>
    public string EdgeText(int source, int edge)
    {
        string text = $"{OneLine(Dag.IdOf(source))} -> {OneLine(Dag.IdOf(Dag.Topology.TargetOf(edge)))}";
        return Dag.Source is SourceMap map ? WithLine(text, map.Edges[edge]) : text;
    }

    /// <summary>Text without line breaks and control characters, cut where it grows too long for a line.</summary>
    public static string OneLine(string text, int longest = LongestName)
    {
        var line = new StringBuilder(Math.Min(text.Length, longest));
        foreach (char letter in text)
        {
            if (line.Length == longest)
            {
                if (char.IsHighSurrogate(line[^1]))
                    line.Length--;
                return line.Append("...").ToString();
            }

            line.Append(char.IsControl(letter) || letter is '\u2028' or '\u2029' ? ' ' : letter);
        }

        return line.ToString();
    }

    private CheckResult Fail()
    {
        var line = new StringBuilder();
        foreach (Sort sort in _ordered.Take(SortsInLine))
            line.Append(line.Length == 0 ? "" : "; ").Append(sort);
        if (_ordered.Count > SortsInLine)
            line.Append(CultureInfo.InvariantCulture, $"; and {Words.Count(_ordered.Count - SortsInLine, "more sort")} of fault");
        return Result(CheckStatus.Fail, line.ToString());
    }

    private CheckResult Result(CheckStatus status, string evidence) =>
        new(rule, Survey.Part.Whole, status, evidence, Survey.Part.NodesOfWhole(_nodes), Survey.Part.EdgesOfWhole(_edges));

    private Sort SortOf(string noun, string description)
    {
        if (!_sorts.TryGetValue((noun, description), out Sort? sort))
        {
            sort = new Sort(noun, description);
            _sorts.Add((noun, description), sort);
            _ordered.Add(sort);
        }

        return sort;
    }

    private static IReadOnlyList<int> Bounded(IReadOnlyList<int> items) =>
        items.Count <= CheckResult.MaxWitnesses ? items : [.. items.Take(CheckResult.MaxWitnesses)];

    private static string WithDetail(string text, string? detail) => detail is null ? text : $"{text} ({detail})";

    private static string WithLine(string text, TextPosition position) =>
        position.Line == 0 ? text : Words.Invariant($"{text} (line {position.Line})");

    /// <summary>Faults of one sort.</summary>
    private sealed class Sort(string noun, string description)
    {
        private long _count;

        public List<string> Witnesses { get; } = [];

        /// <summary>Counts one more; true while the line still has room to name it.</summary>
        public bool Add() => ++_count <= WitnessesInLine;

        public override string ToString()
        {
            if (noun.Length == 0)
                return description;
            string more = _count > Witnesses.Count ? Words.Invariant($" and {_count - Witnesses.Count:N0} more") : "";
            return $"{Words.Count(_count, noun)} {Agreement.Of(description, _count)}: {string.Join(", ", Witnesses)}{more}";
        }
    }
}
