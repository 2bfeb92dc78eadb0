using System.Collections;
using System.Management.Automation;
using System.Text;
using ParallelDag.Commands.Errors;
using ParallelDag.Readers;

namespace ParallelDag.Commands.Inputs;

/// <summary>
/// A graph of anybody's objects. They become the text of a JSON graph file, one object a line, so that one strict reader binds both; what
/// it finds wrong in a line is told of the line's object.
/// </summary>
internal sealed class ObjectGraph(string name, ObjectKey id, ObjectKey from, ObjectKey to)
{
    private readonly List<(object? Origin, string What, string Json)> _nodes = [];
    private readonly List<(object? Origin, string What, string Json)> _edges = [];
    private readonly HashSet<string> _listed = new(StringComparer.Ordinal);
    private readonly List<string> _named = [];

    /// <summary>Adds an edge, an edge for each target where there are several, or the node that an object without a target is.</summary>
    public void Add(PSObject item)
    {
        string[] sources = Ids(from.Of(item)), targets = Ids(to.Of(item));
        if (sources.Length == 0)
        {
            AddNode(item);
            return;
        }

        // A service that needs no other is a node; so is a package that nobody needs.
        foreach (string end in sources.Concat(targets))
            _named.Add(end);
        foreach (string source in sources)
        {
            foreach (string target in targets)
                _edges.Add((item, $"the edge {source} -> {target}", ObjectJson.Edge(item, source, target)));
        }
    }

    /// <summary>Adds a node.</summary>
    /// <exception cref="ReportedException">Nothing in it is an id.</exception>
    public void AddNode(PSObject item)
    {
        string? own = ObjectKey.Text(id.Of(item)) ?? (item.BaseObject is PSCustomObject or IDictionary ? null : item.ToString());
        if (string.IsNullOrEmpty(own))
            throw new ReportedException(
                ErrorRecords.ObjectFault(item, $"this object has no id; give its property by -NodeId (looked for: {id})"));
        _listed.Add(own);
        _nodes.Add((item, $"the node {own}", ObjectJson.Node(item, own)));
    }

    /// <summary>Reads the graph.</summary>
    /// <exception cref="ReportedException">An object says what cannot be.</exception>
    public Dag Read(CancellationToken cancellation)
    {
        // Nodes that only edges name, in the order in which they first do.
        foreach (string end in _named.Where(_listed.Add))
            _nodes.Add((end, $"the node {end}", ObjectJson.Node(null, end)));
        var text = new StringBuilder("{\"schema\":\"paralleldag.graph/1\",\"name\":");
        text.Append(ObjectJson.Quote(name)).Append(",\"nodes\":[\n");
        text.AppendJoin(",\n", _nodes.Select(node => node.Json)).Append("\n],\"edges\":[\n");
        text.AppendJoin(",\n", _edges.Select(edge => edge.Json)).Append("\n]}");
        try
        {
            return JsonReader.Read(Encoding.UTF8.GetBytes(text.ToString()), file: null, cancellation);
        }
        catch (InputException fault)
        {
            // Line 1 is the header; between the last node and the first edge stands one line more.
            int line = fault.Problems[0].Position.Line - 2;
            bool isNode = line < Math.Max(1, _nodes.Count);
            (object? origin, string what, _) = isNode ? _nodes[line] : _edges[line - Math.Max(1, _nodes.Count) - 1];
            throw new ReportedException(ErrorRecords.ObjectFault(origin, $"{what}: {fault.Problems[0].Message}"));
        }
    }

    private static string[] Ids(object? value) => value switch
    {
        PSObject { BaseObject: IEnumerable list and not (string or IDictionary) } => Ids(list),
        IEnumerable list and not (string or IDictionary or PSObject) => [.. list.Cast<object?>().SelectMany(Ids)],
        _ => ObjectKey.Text(value) is { Length: > 0 } text ? [text] : [],
    };
}
