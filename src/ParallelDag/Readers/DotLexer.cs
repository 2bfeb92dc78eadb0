using System.Text;
using ParallelDag.Files;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Readers;

/// <summary>The kinds of token of the DOT language.</summary>
internal enum DotTokenKind
{
    /// <summary>A name or a numeral without quotes.</summary>
    Bare,

    /// <summary>A quoted string, its pieces joined.</summary>
    Quoted,

    /// <summary>An HTML string, without the outer angle brackets.</summary>
    Html,

    /// <summary><c>strict</c>, in any case, as are the other keywords.</summary>
    Strict,

    /// <summary><c>graph</c>.</summary>
    Graph,

    /// <summary><c>digraph</c>.</summary>
    Digraph,

    /// <summary><c>node</c>.</summary>
    Node,

    /// <summary><c>edge</c>.</summary>
    Edge,

    /// <summary><c>subgraph</c>.</summary>
    Subgraph,

    /// <summary><c>-&gt;</c>.</summary>
    Arrow,

    /// <summary><c>--</c>.</summary>
    Line,

    /// <summary>One of <c>{ } [ ] ; , = :</c>; the text holds it.</summary>
    Mark,

    /// <summary>The end of the file.</summary>
    End,
}

/// <summary>A token with its place.</summary>
internal readonly record struct DotToken(DotTokenKind Kind, string Text, TextPosition Position)
{
    /// <summary>True for the mark <paramref name="mark"/>.</summary>
    public bool Is(char mark) => Kind == DotTokenKind.Mark && Text[0] == mark;

    /// <summary>True for what may stand as an ID.</summary>
    public bool IsId => Kind is DotTokenKind.Bare or DotTokenKind.Quoted or DotTokenKind.Html;

    /// <summary>The token as an error message names it.</summary>
    public string Describe() => Kind == DotTokenKind.End ? "the end of the file" : $"'{OneLine.Quote(Text)}'";
}

/// <summary>
/// Splits DOT text into tokens. Source: graphviz.org/doc/info/lang.html; where it is silent, Graphviz's own scanner as seen by trying.
/// </summary>
internal sealed class DotLexer(string text, string? file)
{
    private readonly StringBuilder _joined = new();
    private int _position;
    private PositionCounter _places;

    /// <summary>Reads the next token.</summary>
    public DotToken Next()
    {
        DotToken token = NextPiece();
        if (token.Kind is not (DotTokenKind.Quoted or DotTokenKind.Html) || !SkipPlus())
            return token;

        // "a" + "b" + ...: one string. Graphviz lets HTML strings take part; the sum is an ordinary string.
        _joined.Clear().Append(token.Text);
        do
        {
            DotToken next = NextPiece();
            if (next.Kind is not (DotTokenKind.Quoted or DotTokenKind.Html))
                throw new InputException(file, next.Position, $"a quoted string must follow '+', but here is {next.Describe()}");
            _joined.Append(next.Text);
        }
        while (SkipPlus());
        return token with { Kind = DotTokenKind.Quoted, Text = _joined.ToString() };
    }

    private DotToken NextPiece()
    {
        SkipSpace();
        TextPosition start = Position;
        if (_position >= text.Length)
            return new DotToken(DotTokenKind.End, "", start);
        char c = text[_position];
        if (IsLetter(c))
            return Name(start);
        if (char.IsAsciiDigit(c) || c == '.'
            || (c == '-' && (char.IsAsciiDigit(Peek(1)) || (Peek(1) == '.' && char.IsAsciiDigit(Peek(2))))))
            return Numeral(start);
        switch (c)
        {
            case '"':
                return QuotedString(start);
            case '<':
                return HtmlString(start);
            case '-' when Peek(1) == '>':
                _position += 2;
                return new DotToken(DotTokenKind.Arrow, "->", start);
            case '-' when Peek(1) == '-':
                _position += 2;
                return new DotToken(DotTokenKind.Line, "--", start);
            case '{' or '}' or '[' or ']' or ';' or ',' or '=' or ':':
                _position++;
                return new DotToken(DotTokenKind.Mark, MarkText(c), start);
            default:
                throw new InputException(file, start, c == '\0'
                    ? "the file holds binary data, not DOT text"
                    : $"{(char.IsControl(c) ? $"the control character U+{(
                        int)c:X4}" : $"'{c}'")} has no meaning here; put names with special characters in double quotes");
        }
    }

    private TextPosition Position => _places.Of(text, _position);

    private char Peek(int distance) => _position + distance < text.Length ? text[_position + distance] : '\0';

    /// <summary>Letters, underscores and everything beyond ASCII.</summary>
    private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_' || c >= '\x80';

    private static string MarkText(char c) => c switch
    {
        '{' => "{",
        '}' => "}",
        '[' => "[",
        ']' => "]",
        ';' => ";",
        ',' => ",",
        '=' => "=",
        _ => ":",
    };

    /// <summary>
    /// White space, <c>//</c> and <c>/* */</c> comments, and <c>#</c> to the end of the line, as Graphviz passes them over; behind <c>=</c>
    /// it begins a colour without its quotes.
    /// </summary>
    private void SkipSpace()
    {
        while (_position < text.Length)
        {
            char c = text[_position];
            if (c is ' ' or '\t' or '\n' or '\r' or '\f' or '\v' or '\uFEFF' && (c != '\uFEFF' || _position == 0))
                _position++;
            else if ((c == '#' && (_position == 0 || text[_position - 1] != '=')) || (c == '/' && Peek(1) == '/'))
            {
                int end = text.IndexOf('\n', _position);
                _position = end < 0 ? text.Length : end;
            }
            else if (c == '/' && Peek(1) == '*')
            {
                TextPosition start = Position;
                int end = text.IndexOf("*/", _position + 2, StringComparison.Ordinal);
                if (end < 0)
                    throw new InputException(file, start, "this comment is never closed; end it with '*/'");
                _position = end + 2;
            }
            else
                return;
        }
    }

    /// <summary>True when a <c>+</c> that joins strings follows; it is passed over.</summary>
    private bool SkipPlus()
    {
        SkipSpace();
        if (Peek(0) != '+')
            return false;
        _position++;
        return true;
    }

    private DotToken Name(TextPosition start)
    {
        int first = _position;
        while (_position < text.Length && (IsLetter(text[_position]) || char.IsAsciiDigit(text[_position])))
            _position++;
        ReadOnlySpan<char> name = text.AsSpan(first, _position - first);
        DotTokenKind kind = name.Length is < 4 or > 8 ? DotTokenKind.Bare
            : name.Equals("node", StringComparison.OrdinalIgnoreCase) ? DotTokenKind.Node
            : name.Equals("edge", StringComparison.OrdinalIgnoreCase) ? DotTokenKind.Edge
            : name.Equals("graph", StringComparison.OrdinalIgnoreCase) ? DotTokenKind.Graph
            : name.Equals("digraph", StringComparison.OrdinalIgnoreCase) ? DotTokenKind.Digraph
            : name.Equals("subgraph", StringComparison.OrdinalIgnoreCase) ? DotTokenKind.Subgraph
            : name.Equals("strict", StringComparison.OrdinalIgnoreCase) ? DotTokenKind.Strict
            : DotTokenKind.Bare;
        return new DotToken(kind, name.ToString(), start);
    }

    /// <summary><c>-?(.[0-9]+ | [0-9]+(.[0-9]*)?)</c>. A letter or a second point begins the next token, as in Graphviz.</summary>
    private DotToken Numeral(TextPosition start)
    {
        int first = _position;
        if (text[_position] == '-')
            _position++;
        while (char.IsAsciiDigit(Peek(0)))
            _position++;
        if (Peek(0) == '.')
        {
            _position++;
            while (char.IsAsciiDigit(Peek(0)))
                _position++;
        }

        if (_position == first + 1 && text[first] == '.')
            throw new InputException(file, start, "'.' has no meaning here; put names with special characters in double quotes");
        return new DotToken(DotTokenKind.Bare, text[first.._position], start);
    }

    /// <summary>
    /// A string in quotes. <c>\"</c> is a quote and a backslash before a line end joins the lines;
    /// every other backslash stays, with the character after it, for whoever reads the value.
    /// </summary>
    private DotToken QuotedString(TextPosition start)
    {
        var value = new StringBuilder();
        int from = ++_position;
        while (true)
        {
            int offset = text.AsSpan(_position).IndexOfAny('"', '\\', '\0');
            if (offset < 0)
                throw new InputException(file, start, "this string is never closed; end it with '\"'");
            int at = _position + offset;
            if (text[at] == '"')
            {
                value.Append(text, from, at - from);
                _position = at + 1;
                return new DotToken(DotTokenKind.Quoted, value.ToString(), start);
            }

            _position = at;
            if (text[at] == '\0')
                throw new InputException(file, Position, "the file holds binary data, not DOT text");
            int lineEnd = Peek(1) == '\n' ? 2 : Peek(1) == '\r' && Peek(2) == '\n' ? 3 : 0;
            if (Peek(1) == '"' || lineEnd > 0)
            {
                value.Append(text, from, at - from);
                from = lineEnd > 0 ? at + lineEnd : at + 1;
            }

            _position = Math.Min(text.Length, at + Math.Max(2, lineEnd));
        }
    }

    /// <summary>An HTML string: everything up to the angle bracket that balances the first.</summary>
    private DotToken HtmlString(TextPosition start)
    {
        int first = _position + 1, depth = 0;
        for (int at = _position; ; at++)
        {
            int offset = text.AsSpan(at).IndexOfAny('<', '>', '\0');
            if (offset < 0)
                throw new InputException(file, start, "this HTML string is never closed; balance its '<' and '>'");
            at += offset;
            if (text[at] == '\0')
                throw new InputException(file, start, "the file holds binary data, not DOT text");
            depth += text[at] == '<' ? 1 : -1;
            if (depth > 0)
                continue;
            _position = at + 1;
            return new DotToken(DotTokenKind.Html, text[first..at], start);
        }
    }
}
