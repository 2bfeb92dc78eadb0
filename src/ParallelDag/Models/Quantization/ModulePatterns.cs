using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace ParallelDag.Models.Quantization;

/// <summary>
/// Patterns by which quantisation blocks name modules:
/// <code>
/// re:EXPRESSION   matches from the beginning of the full name (compressed-tensors)
/// a*b             a glob over the full name, as fnmatch: a star takes dots too (modelopt, gpt-oss)
/// a.b             whole segments anywhere in the name: gate names mlp.gate and not mlp.gate_proj
/// </code>
/// A module is also named by the name of what it lies in.
/// </summary>
internal sealed class ModulePatterns
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly HashSet<string> _plain = new(StringComparer.Ordinal);
    private readonly List<string> _globs = [];
    private readonly List<Regex> _expressions = [];

    /// <summary>No pattern.</summary>
    public static ModulePatterns None { get; } = new([]);

    /// <summary>Patterns as a block lists them.</summary>
    /// <exception cref="ArgumentException">An expression is none; the message says why.</exception>
    public ModulePatterns(IEnumerable<string> patterns)
    {
        foreach (string pattern in patterns)
        {
            NameLayers |= pattern.Any(char.IsAsciiDigit);
            if (pattern.StartsWith("re:", StringComparison.Ordinal))
                _expressions.Add(Expression(pattern[3..]));
            else if (pattern.Contains('*', StringComparison.Ordinal))
                _globs.Add(ModuleNames.WithUsualPrefix(pattern));
            else
                _plain.Add(ModuleNames.WithUsualPrefix(pattern).Trim('.'));
        }
    }

    /// <summary>True when a pattern holds a digit, so that it may name some layers and not others.</summary>
    public bool NameLayers { get; }

    /// <summary>True when a pattern names a module of a layer.</summary>
    /// <param name="layer">The layer, from 0 as checkpoints count.</param>
    /// <param name="module">The module in the layer: <c>mlp.experts.gate_proj</c>.</param>
    /// <exception cref="RegexMatchTimeoutException">An expression takes too long.</exception>
    public bool Name(int layer, string module)
    {
        if (_plain.Count == 0 && _globs.Count == 0 && _expressions.Count == 0)
            return false;
        foreach (string spelling in ModuleNames.Spellings(module))
        {
            string name = ModuleNames.Full(layer, spelling);
            if (NamesSegments(name) || _globs.Exists(glob => MatchesGlob(glob, name)))
                return true;
            foreach (Regex expression in _expressions)
            {
                if (ModuleNames.FullNames(layer, spelling).Any(expression.IsMatch))
                    return true;
            }
        }

        return false;
    }

    private static Regex Expression(string pattern)
    {
        string anchored = $"^(?:{pattern})";
        try
        {
            return new Regex(anchored, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            // Look-around and back references need the engine that backtracks.
            return new Regex(anchored, RegexOptions.CultureInvariant, Patience);
        }
    }

    private static bool MatchesGlob(string glob, string name) =>
        FileSystemName.MatchesSimpleExpression(glob, name, ignoreCase: false)
        || FileSystemName.MatchesSimpleExpression(glob + ".*", name, ignoreCase: false);

    /// <summary>True when a plain pattern is a run of whole segments of the name.</summary>
    private bool NamesSegments(string name)
    {
        if (_plain.Count == 0)
            return false;
        for (int start = 0; start >= 0; start = Next(name, start))
        {
            for (int end = name.IndexOf('.', start); ; end = name.IndexOf('.', end + 1))
            {
                if (_plain.Contains(end < 0 ? name[start..] : name[start..end]))
                    return true;
                if (end < 0)
                    break;
            }
        }

        return false;
    }

    private static int Next(string name, int start) => name.IndexOf('.', start) is int dot && dot >= 0 ? dot + 1 : -1;
}
