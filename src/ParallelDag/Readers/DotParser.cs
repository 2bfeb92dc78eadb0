using System.Runtime.InteropServices;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Readers;

/// <summary>
/// Parses the DOT language (graphviz.org/doc/info/lang.html):
/// <code>
/// graph     : [strict] (graph | digraph) [ID] '{' stmt_list '}'
/// stmt_list : [stmt [';'] stmt_list]
/// stmt      : node_stmt | edge_stmt | attr_stmt | ID '=' ID | subgraph
/// attr_stmt : (graph | node | edge) attr_list
/// attr_list : '[' [a_list] ']' [attr_list]
/// a_list    : ID '=' ID [(';' | ',')] [a_list]
/// edge_stmt : ends (edgeop ends)+ [attr_list]
/// ends      : node_id {',' node_id} | subgraph          (the list is Graphviz's own extension)
/// node_id   : ID [':' ID [':' ID]]
/// subgraph  : [subgraph [ID]] '{' stmt_list '}'
/// </code>
/// Open subgraphs are kept on a stack of our own, so that no nesting overflows the machine's.
/// </summary>
internal sealed class DotParser
{
    /// <summary>
    /// More edges than this are refused: a few words such as <c>{a b c} -&gt; {d e f}</c> can ask for any number of them.
    /// </summary>
    public const int MaxEdges = 1 << 23;

    /// <summary>More nodes than this are refused.</summary>
    public const int MaxNodes = 1 << 22;

    /// <summary>More subgraphs than this are refused.</summary>
    public const int MaxSubgraphs = 1 << 20;

    private const int MaxMentionsRead = 1 << 24;

    private const int CancellationStride = 1 << 12;

    private readonly string? _file;
    private readonly DotLexer _lexer;
    private readonly CancellationToken _cancellation;
    private DotToken _token;
    private long _statements;

    // Of the graph at hand.
    private DotGraph _graph = new();
    private readonly Dictionary<string, int> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Parent, string Name), OpenSubgraph> _named = [];
    private readonly Dictionary<(int Tail, int Head, string? Key), int> _merged = [];
    private readonly DotMentions _mentions = new();
    private readonly Stack<OpenBrace> _frames = new();
    private int _edgesAsked;

    private DotParser(string text, string? file, CancellationToken cancellation)
    {
        _file = file;
        _lexer = new DotLexer(text, file);
        _cancellation = cancellation;
        _token = _lexer.Next();
    }

    /// <summary>Parses every graph in the text; Graphviz allows several, one after the other.</summary>
    public static List<DotGraph> Parse(string text, string? file = null, CancellationToken cancellation = default)
    {
        var parser = new DotParser(text, file, cancellation);
        var graphs = new List<DotGraph>();
        while (parser._token.Kind != DotTokenKind.End)
            graphs.Add(parser.Graph());
        return graphs;
    }

    private DotGraph Graph()
    {
        _graph = new DotGraph();
        _nodes.Clear();
        _named.Clear();
        _merged.Clear();
        _mentions.Clear();
        _edgesAsked = 0;
        if (_token.Kind == DotTokenKind.Strict)
        {
            _graph.IsStrict = true;
            Advance();
        }

        _graph.Position = _token.Position;
        if (_token.Kind is not (DotTokenKind.Graph or DotTokenKind.Digraph))
            throw Unexpected("'digraph'");
        _graph.IsDirected = _token.Kind == DotTokenKind.Digraph;
        Advance();
        if (_token.IsId)
        {
            _graph.Name = NameOf(_token);
            Advance();
        }

        var root = new OpenSubgraph(0);
        _frames.Push(new OpenBrace(root, _token.Position, DotAttributes.None, DotAttributes.None));
        Expect('{');
        Statements();
        return _graph;
    }

    /// <summary>Runs until the graph's own brace closes.</summary>
    private void Statements()
    {
        while (true)
        {
            if (++_statements % CancellationStride == 0)
                _cancellation.ThrowIfCancellationRequested();
            OpenBrace frame = _frames.Peek();
            switch (_token.Kind)
            {
                case DotTokenKind.Mark when _token.Is(';'):
                    Advance();
                    break;
                case DotTokenKind.Mark when _token.Is('}'):
                    Advance();
                    _frames.Pop();
                    if (_frames.Count == 0)
                        return;
                    if (_mentions.Count > frame.FirstMention)
                        frame.Subgraph.Spans.Add((frame.FirstMention, _mentions.Count));
                    Continue(_frames.Peek(), new EdgeEnds(frame.Subgraph, frame.Start));
                    break;
                case DotTokenKind.Graph or DotTokenKind.Node or DotTokenKind.Edge:
                    AttributeStatement(frame);
                    break;
                case DotTokenKind.Subgraph:
                case DotTokenKind.Mark when _token.Is('{'):
                    BeginSubgraph(frame);
                    break;
                case DotTokenKind.Bare or DotTokenKind.Quoted or DotTokenKind.Html:
                    NodeOrAssignment(frame);
                    break;
                case DotTokenKind.End:
                    throw new InputException(_file, frame.Start, "this '{' is never closed; the file may be cut off");
                default:
                    throw Unexpected("a node, an edge, an attribute or '}'");
            }
        }
    }

    private void AttributeStatement(OpenBrace frame)
    {
        DotTokenKind kind = _token.Kind;
        Advance();
        if (!_token.Is('['))
            throw Unexpected("'['");
        List<(DotAttribute, DotValue)> attributes = AttributeLists();
        if (kind == DotTokenKind.Node)
            frame.NodeDefaults = frame.NodeDefaults.With(attributes);
        else if (kind == DotTokenKind.Edge)
            frame.EdgeDefaults = frame.EdgeDefaults.With(attributes);
        else
            SetAttributes(frame, attributes);
    }

    private void SetAttributes(OpenBrace frame, List<(DotAttribute, DotValue)> attributes)
    {
        DotSubgraph subgraph = _graph.Subgraphs[frame.Subgraph.Index];
        subgraph.Attributes = subgraph.Attributes.With(attributes);
    }

    private void NodeOrAssignment(OpenBrace frame)
    {
        DotToken id = _token;
        Advance();
        if (!_token.Is('='))
        {
            Continue(frame, NodeList(id));
            return;
        }

        Advance();
        DotToken value = ExpectId("a value");
        if (DotAttributeNames.Find(id.Text) is DotAttribute attribute)
            SetAttributes(frame, [(attribute, new DotValue(value.Text, value.Kind == DotTokenKind.Html))]);
    }

    /// <summary><c>a:port, b, c</c>, the first id already read.</summary>
    private EdgeEnds NodeList(DotToken id)
    {
        var ends = new EdgeEnds(null, id.Position);
        ends.Nodes.Add(Mention(id));
        Port();
        while (_token.Is(','))
        {
            Advance();
            ends.Nodes.Add(Mention(ExpectId("a node")));
            Port();
        }

        return ends;
    }

    /// <summary>Ports say where an edge touches its node; the graph is the same without.</summary>
    private void Port()
    {
        for (int i = 0; i < 2 && _token.Is(':'); i++)
        {
            Advance();
            ExpectId("a port");
        }
    }

    private void BeginSubgraph(OpenBrace frame)
    {
        string? name = null;
        if (_token.Kind == DotTokenKind.Subgraph)
        {
            Advance();
            if (_token.IsId)
            {
                name = NameOf(_token);
                Advance();
            }
        }

        TextPosition start = _token.Position;
        Expect('{');
        OpenSubgraph? subgraph = null;
        if (name is null || !_named.TryGetValue((frame.Subgraph.Index, name), out subgraph))
        {
            if (_graph.Subgraphs.Count == MaxSubgraphs)
                throw TooLarge(start, MaxSubgraphs, "subgraphs");
            subgraph = new OpenSubgraph(_graph.Subgraphs.Count);
            _graph.Subgraphs.Add(new DotSubgraph(frame.Subgraph.Index));
            if (name is not null)
                _named.Add((frame.Subgraph.Index, name), subgraph);
        }

        _frames.Push(new OpenBrace(subgraph, start, frame.NodeDefaults, frame.EdgeDefaults) { FirstMention = _mentions.Count });
    }

    /// <summary>Goes on with a statement of <paramref name="frame"/> after one of its ends was read.</summary>
    private void Continue(OpenBrace frame, EdgeEnds ends)
    {
        frame.Chain.Add(ends);
        while (_token.Kind is DotTokenKind.Arrow or DotTokenKind.Line)
        {
            if (_token.Kind == DotTokenKind.Line && _graph.IsDirected)
                throw new InputException(_file, _token.Position, "'--' is an edge without direction; in a digraph write '->'");
            if (_token.Kind == DotTokenKind.Arrow && !_graph.IsDirected)
                throw new InputException(_file, _token.Position,
                    "'->' belongs into a digraph; this file begins with 'graph', write 'digraph'");
            Advance();
            if (_token.Kind == DotTokenKind.Subgraph || _token.Is('{'))
            {
                BeginSubgraph(frame);
                return;
            }

            frame.Chain.Add(NodeList(ExpectId("a node or a subgraph")));
        }

        TextPosition statement = frame.Chain[0].Position;
        List<(DotAttribute, DotValue)> attributes = AttributeLists();
        if (frame.Chain.Count == 1)
        {
            foreach (int index in frame.Chain[0].Nodes)
                Declare(_graph.Nodes[index], attributes, statement);
        }
        else
            AddEdges(frame, attributes);
        frame.Chain.Clear();
    }

    private static void Declare(DotNode node, List<(DotAttribute, DotValue)> attributes, TextPosition position)
    {
        node.Attributes = node.Attributes.With(attributes);
        if (!node.IsDeclared)
            node.Position = position;
        node.IsDeclared = true;
    }

    /// <summary>An edge from every node of each end to every node of the next.</summary>
    private void AddEdges(OpenBrace frame, List<(DotAttribute, DotValue)> own)
    {
        DotAttributes attributes = frame.EdgeDefaults.With(own);
        for (int i = 0; i + 1 < frame.Chain.Count; i++)
        {
            EdgeEnds from = frame.Chain[i], to = frame.Chain[i + 1];
            if (from.IsEmpty || to.IsEmpty)
                continue;
            if (_mentions.Read > MaxMentionsRead)
                throw TooLarge(from.Position, MaxMentionsRead, "nodes named inside subgraphs that edges begin or end at");
            ReadOnlySpan<int> tails = NodesOf(from), heads = NodesOf(to);
            if ((long)tails.Length * heads.Length > MaxEdges - _edgesAsked)
                throw TooLarge(from.Position, MaxEdges, "edges");

            _edgesAsked += tails.Length * heads.Length;
            foreach (int tail in tails)
            {
                foreach (int head in heads)
                    AddEdge(tail, head, from.Position, attributes, own);
            }
        }
    }

    private void AddEdge(int tail, int head, TextPosition position, DotAttributes attributes, List<(DotAttribute, DotValue)> own)
    {
        // Strict graphs have one edge per pair of nodes; elsewhere edges of one pair are told apart by their key, if they have one.
        string? key = attributes[DotAttribute.Key]?.Text;
        if (_graph.IsStrict || key is not null)
        {
            (int, int, string?) pair = !_graph.IsDirected && tail > head ? (head, tail, key) : (tail, head, key);
            if (_graph.IsStrict)
                pair.Item3 = null;
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_merged, pair, out bool exists);
            if (exists)
            {
                _graph.Edges[index] = _graph.Edges[index] with { Attributes = _graph.Edges[index].Attributes.With(own) };
                return;
            }

            index = _graph.Edges.Count;
        }

        _graph.Edges.Add(new DotEdge(tail, head, position, attributes));
    }

    private ReadOnlySpan<int> NodesOf(EdgeEnds ends) =>
        ends.Subgraph is null ? CollectionsMarshal.AsSpan(ends.Nodes) : _mentions.NodesOf(ends.Subgraph.Spans, ref ends.Subgraph.Distinct);

    private InputException TooLarge(TextPosition position, int limit, string things) => new(_file, position,
        Words.Invariant($"here the file passes {limit:N0} {things}; cut the graph into parts, or check the plan it came from"));

    /// <summary>The node called so, made at its first mention.</summary>
    private int Mention(DotToken id)
    {
        string name = NameOf(id);
        int subgraph = _frames.Peek().Subgraph.Index;
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_nodes, name, out bool exists);
        if (!exists)
        {
            if (_graph.Nodes.Count == MaxNodes)
                throw TooLarge(id.Position, MaxNodes, "nodes");
            index = _graph.Nodes.Count;
            _graph.Nodes.Add(new DotNode(name, id.Position, _frames.Peek().NodeDefaults));
        }

        if (_graph.Nodes[index].Subgraph == 0)
            _graph.Nodes[index].Subgraph = subgraph;
        if (subgraph != 0)
            _mentions.Add(index);
        return index;
    }

    /// <summary>
    /// An id as text. HTML ids are how our writer spells what quotes cannot hold, with entities for <c>&amp; &lt; &gt;</c>.
    /// </summary>
    private static string NameOf(DotToken id) => id.Kind != DotTokenKind.Html ? id.Text
        : id.Text.Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal)
        .Replace("&amp;", "&", StringComparison.Ordinal);

    private List<(DotAttribute, DotValue)> AttributeLists()
    {
        var attributes = new List<(DotAttribute, DotValue)>();
        while (_token.Is('['))
        {
            TextPosition start = _token.Position;
            Advance();
            while (!_token.Is(']'))
            {
                if (_token.Kind == DotTokenKind.End)
                    throw new InputException(_file, start, "this '[' is never closed; the file may be cut off");
                DotToken name = ExpectId("an attribute or ']'");
                if (!_token.Is('='))
                    throw Unexpected($"'=' and a value for '{OneLine.Quote(name.Text)}'");
                Advance();
                DotToken value = ExpectId("a value");
                if (DotAttributeNames.Find(name.Text) is DotAttribute known)
                    attributes.Add((known, new DotValue(value.Text, value.Kind == DotTokenKind.Html)));
                if (_token.Is(',') || _token.Is(';'))
                    Advance();
            }

            Advance();
        }

        return attributes;
    }

    private void Advance() => _token = _lexer.Next();

    private void Expect(char mark)
    {
        if (!_token.Is(mark))
            throw Unexpected($"'{mark}'");
        Advance();
    }

    private DotToken ExpectId(string what)
    {
        DotToken token = _token;
        if (!token.IsId)
            throw Unexpected(what);
        Advance();
        return token;
    }

    private InputException Unexpected(string expected) =>
        new(_file, _token.Position, _token.Kind is > DotTokenKind.Html and < DotTokenKind.Arrow
        ? $"expected {expected}, found the keyword {_token.Describe()}; a name that looks like a keyword needs double quotes"
        : $"expected {expected}, found {_token.Describe()}");
}
