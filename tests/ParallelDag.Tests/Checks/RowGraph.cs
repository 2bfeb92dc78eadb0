using System.Globalization;
using ParallelDag.Checks;
using ParallelDag.Graphs;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Checks;

/// <summary>Graphs of a few nodes for tests of rules, a row a node: what an operator implies is filled in, the rest is said.</summary>
internal sealed class RowGraph
{
    private readonly DagBuilder _builder = new();
    private readonly Dictionary<string, int> _nodes = [];

    public List<DagPhase> Phases { get; } = [];

    /// <summary>Adds a node.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="op">Its operator; null for none.</param>
    /// <param name="place">Where it stands: <c>prefill s1 l2 m1</c>.</param>
    /// <param name="gpus">Its GPUs; null for none.</param>
    /// <param name="input">What it takes.</param>
    /// <param name="output">What it yields.</param>
    /// <param name="change">What else its facts say.</param>
    public RowGraph Node(string id, string? op, string place = "", string? gpus = null, string input = "", string output = "",
        Func<NodeFacts, NodeFacts>? change = null)
    {
        Operator? row = Ops.Find(op);
        var facts = new NodeFacts
        {
            Op = op,
            Name = row?.Title ?? id,
            Kind = row?.Kind ?? NodeKind.Computation,
            Collective = row?.Collective ?? CollectiveKind.None,
            Input = TensorList.Parse(input),
            Output = TensorList.Parse(output),
        };
        _nodes.Add(id, _builder.AddNode(id, change?.Invoke(facts) ?? facts, Place(place), gpus is null ? null : GpuSet.Parse(gpus)));
        return this;
    }

    public RowGraph Edge(string source, string target, EdgeKind kind = EdgeKind.Data, string? style = null)
    {
        _builder.AddEdge(_nodes[source], _nodes[target], kind, new EdgeFacts { Style = style });
        return this;
    }

    /// <summary>Edges along a path, all of one kind.</summary>
    public RowGraph Path(EdgeKind kind, params ReadOnlySpan<string> nodes)
    {
        for (int i = 1; i < nodes.Length; i++)
            Edge(nodes[i - 1], nodes[i], kind);
        return this;
    }

    /// <summary>A phase of the header: <c>tp=2 pp=2</c>, inner to outer, and for each stage its layers and GPUs.</summary>
    public RowGraph Phase(string phase, string axes, params ReadOnlySpan<(int First, int Last, string Gpus)> stages)
    {
        Phases.Add(PhaseOf(phase, axes, stages));
        return this;
    }

    public static DagPhase PhaseOf(string phase, string axes, params ReadOnlySpan<(int First, int Last, string Gpus)> stages)
    {
        var degrees = new Dictionary<string, int>();
        foreach (string axis in axes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            degrees.Add(axis.Split('=')[0], int.Parse(axis.Split('=')[1], CultureInfo.InvariantCulture));
        var list = new List<DagStage>();
        foreach ((int first, int last, string gpus) in stages)
            list.Add(new DagStage(list.Count + 1, first, last, GpuSet.Parse(gpus)));
        return new DagPhase(PhaseId.Parse(phase), [.. degrees.Keys], degrees, list);
    }

    public Dag Build(DetailLevel detail = DetailLevel.Operator, Func<DagHeader, DagHeader>? header = null)
    {
        var own = new DagHeader { Name = "rows", Detail = detail, Phases = Phases };
        return _builder.Build(header?.Invoke(own) ?? own);
    }

    /// <summary>A rule at work on the graph, for parts of rules that are asked by themselves.</summary>
    public static Inspection Inspect(Dag dag, string rule) => new(CheckRule.All.First(own => own.Id == rule),
        new GraphSurvey(OperatorPart.Of(dag), default), everywhere: false, default);

    private static NodeScope Place(string text)
    {
        NodeScope scope = NodeScope.Unknown;
        foreach (string part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (PhaseId.TryParse(part, out PhaseId phase))
                scope = scope with { Phase = phase };
            else if (part[0] == 'r')
                scope = scope with { Layers = part[1..] };
            else
                scope = Numbered(scope, part[0], int.Parse(part[1..], CultureInfo.InvariantCulture));
        }

        return scope;
    }

    private static NodeScope Numbered(NodeScope scope, char what, int number) => what switch
    {
        's' => scope with { Stage = number },
        'l' => scope with { Layer = number },
        'm' => scope with { MicroBatch = number },
        _ => throw new ArgumentException($"{what} is no place"),
    };
}
