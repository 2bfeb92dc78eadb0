using System.Text;

namespace ParallelDag.Engines.Import;

/// <summary>A simple command of a shell script.</summary>
/// <param name="Variables">The environment that it runs in, as far as the script sets it.</param>
/// <param name="Words">Its words, without quotes.</param>
/// <param name="Documents">What the script wrote to files before, by here-documents: the text of each by the file's name.</param>
internal sealed record ShellCommand(
    IReadOnlyDictionary<string, string> Variables, IReadOnlyList<string> Words, IReadOnlyDictionary<string, string> Documents);

/// <summary>
/// Reads shell text as far as command lines need: words, quotes, line continuations, comments, assignments and here-documents. What a shell
/// would expand stays as it is written; control structures are words among others.
/// </summary>
internal sealed class ShellText
{
    private readonly string _text;
    private readonly Dictionary<string, string> _variables;
    private readonly Dictionary<string, string> _documents = [];
    private readonly List<ShellCommand> _commands = [];
    private readonly List<string> _words = [];
    private readonly List<(string Tag, string? File)> _pending = [];
    private int _at;

    private ShellText(string text, Dictionary<string, string> variables) => (_text, _variables) = (text, variables);

    /// <summary>The commands of a script, in order; those of here-documents that are scripts themselves too.</summary>
    public static IReadOnlyList<ShellCommand> Read(string text)
    {
        var shell = new ShellText(text.ReplaceLineEndings("\n"), []);
        shell.Run();
        return shell._commands;
    }

    private void Run()
    {
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (c == '\n')
            {
                EndCommand();
                _at++;
                ReadDocuments();
            }
            else if (c is ' ' or '\t' or '\r')
            {
                _at++;
            }
            else if (c == '#')
            {
                _at = LineEnd(_at);
            }
            else if (c == '\\' && _at + 1 < _text.Length && _text[_at + 1] == '\n')
            {
                _at += 2;
            }
            else if (c is ';' or '&' or '|' or '(' or ')')
            {
                EndCommand();
                _at++;
            }
            else if (string.CompareOrdinal(_text, _at, "<<", 0, 2) == 0 && string.CompareOrdinal(_text, _at, "<<<", 0, 3) != 0)
            {
                _at += 2;
                while (_at < _text.Length && _text[_at] is '-' or ' ')
                    _at++;
                int target = _words.IndexOf(">");
                _pending.Add((Word(), target >= 0 && target + 1 < _words.Count ? _words[target + 1] : null));
            }
            else if (c is '>' or '<')
            {
                _words.Add(c.ToString());
                _at++;
            }
            else
            {
                _words.Add(Word());
            }
        }

        EndCommand();
    }

    private string Word()
    {
        var word = new StringBuilder();
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (c is ' ' or '\t' or '\n' or '\r' or ';' or '&' or '|' or '<' or '>' or ')')
                break;
            if (c == '\'')
            {
                int end = _text.IndexOf('\'', _at + 1);
                end = end < 0 ? _text.Length : end;
                word.Append(_text.AsSpan(_at + 1, end - _at - 1));
                _at = Math.Min(end + 1, _text.Length);
            }
            else if (c == '"')
            {
                Quoted(word);
            }
            else if (c == '$')
            {
                Expansion(word);
            }
            else if (c == '\\')
            {
                if (_at + 1 < _text.Length && _text[_at + 1] != '\n')
                    word.Append(_text[_at + 1]);
                _at = Math.Min(_at + 2, _text.Length);
            }
            else
            {
                word.Append(c);
                _at++;
            }
        }

        return word.ToString();
    }

    private void Quoted(StringBuilder word)
    {
        _at++;
        while (_at < _text.Length && _text[_at] != '"')
        {
            if (_text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] is '"' or '\\' or '$' or '`')
                _at++;
            word.Append(_text[_at++]);
        }

        _at = Math.Min(_at + 1, _text.Length);
    }

    // $NAME, ${...} and $(...) stay as they are written; a here-document inside $(...) is read as what it holds.
    private void Expansion(StringBuilder word)
    {
        if (_at + 1 >= _text.Length || _text[_at + 1] is not ('(' or '{') || string.CompareOrdinal(_text, _at, "$(cat <<", 0, 8) == 0)
        {
            if (string.CompareOrdinal(_text, _at, "$(cat <<", 0, 8) == 0)
            {
                EndCommand();
                _at += 2;
                return;
            }

            word.Append(_text[_at++]);
            return;
        }

        char open = _text[_at + 1], close = open == '(' ? ')' : '}';
        int depth = 0, start = _at++;
        do
        {
            depth += _text[_at] == open ? 1 : _text[_at] == close ? -1 : 0;
            _at++;
        }
        while (_at < _text.Length && depth > 0);
        word.Append(_text.AsSpan(start, _at - start));
    }

    private void EndCommand()
    {
        var variables = new Dictionary<string, string>(_variables);
        int first = 0;
        bool exported = _words.Count > 0 && _words[0] == "export";
        for (first = exported ? 1 : 0; first < _words.Count && IsAssignment(_words[first], out string? name, out string? value); first++)
            variables[name!] = value!;
        if (first == _words.Count)
        {
            foreach ((string name, string value) in variables)
                _variables[name] = value;
        }
        else
        {
            _commands.Add(new ShellCommand(variables, [.. _words.Skip(first)], new Dictionary<string, string>(_documents)));
        }

        _words.Clear();
    }

    private void ReadDocuments()
    {
        foreach ((string tag, string? file) in _pending)
        {
            int start = _at;
            while (_at < _text.Length && _text[_at..LineEnd(_at)].Trim('\t') != tag)
                _at = Math.Min(LineEnd(_at) + 1, _text.Length);
            string body = _text[start.._at];
            _at = Math.Min(LineEnd(_at) + 1, _text.Length);
            if (file is not null)
                _documents[file] = body;
            var inner = new ShellText(body, _variables);
            inner.Run();
            _commands.AddRange(inner._commands);
        }

        _pending.Clear();
    }

    private int LineEnd(int from)
    {
        int end = _text.IndexOf('\n', from);
        return end < 0 ? _text.Length : end;
    }

    private static bool IsAssignment(string word, out string? name, out string? value)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        (name, value) = equals > 0 ? (word[..equals], word[(equals + 1)..]) : (null, null);
        return name is not null && (char.IsAsciiLetter(name[0]) || name[0] == '_')
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
    }
}
