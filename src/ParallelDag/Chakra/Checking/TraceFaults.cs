using ParallelDag.Chakra.Reading;
using ParallelDag.Wording;

namespace ParallelDag.Chakra.Checking;

/// <summary>The faults of one rule in a set of traces. Those of one sort are told together, with the way out.</summary>
internal sealed class TraceFaults(CheckRule rule)
{
    private const int WitnessesInLine = 3, SortsInLine = 4;

    private readonly List<Sort> _sorts = [];
    private readonly List<string> _nodes = [];

    /// <summary>True when there is a fault.</summary>
    public bool Any => _sorts.Count > 0;

    /// <summary>How a node is named: <c>trace.0.et: node 17 (gemm)</c>.</summary>
    public static string NameOf(TraceFile file, TraceNode node) => $"{OneLine.Of(file.Name)}: {node}";

    /// <summary>Records a fault of a node.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="node">The node.</param>
    /// <param name="what">What is wrong, the same for all of a sort: <c>has an id that another node has</c>.</param>
    /// <param name="remedy">What to do.</param>
    /// <param name="detail">What this very node shows; null for nothing.</param>
    public void Add(TraceFile file, TraceNode node, string what, string remedy, string? detail = null)
    {
        string name = NameOf(file, node);
        if (_nodes.Count < CheckResult.MaxWitnesses)
            _nodes.Add(name);
        Add(name, what, remedy, detail);
    }

    /// <summary>Records a fault of a file or of what is not there.</summary>
    public void Add(string witness, string what, string remedy, string? detail = null)
    {
        Sort? sort = _sorts.Find(known => known.What == what);
        if (sort is null)
            _sorts.Add(sort = new Sort(what, remedy));
        if (++sort.Count <= WitnessesInLine)
            sort.Witnesses.Add(detail is null ? witness : $"{witness}, {detail}");
    }

    /// <summary>The rule holds, unless faults were recorded.</summary>
    public CheckResult Conclude(string evidence) =>
        Any ? new CheckResult(rule, CheckStatus.Fail, Line(), _nodes) : new CheckResult(rule, CheckStatus.Pass, evidence, []);

    /// <summary>The rule needs what the traces do not tell.</summary>
    public CheckResult Skip(string missing) => new(rule, CheckStatus.Skipped, $"not checked: no {missing}", []);

    private string Line()
    {
        string line = string.Join("; ", _sorts.Take(SortsInLine));
        return _sorts.Count > SortsInLine ? $"{line}; and {Words.Count(_sorts.Count - SortsInLine, "more sort")} of fault" : line;
    }

    /// <summary>Faults of one sort.</summary>
    private sealed class Sort(string what, string remedy)
    {
        public string What => what;

        public List<string> Witnesses { get; } = [];

        public long Count { get; set; }

        public override string ToString()
        {
            string more = Count > Witnesses.Count ? $" and {Words.Number(Count - Witnesses.Count)} more" : "";
            return $"{string.Join("; ", Witnesses)}{more}: {what}; {remedy}";
        }
    }
}
