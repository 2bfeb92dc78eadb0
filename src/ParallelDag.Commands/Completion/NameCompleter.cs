using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace ParallelDag.Commands.Completion;

/// <summary>
/// The base of our completers: offers names that begin with what was typed, or hold it, without regard to case, quoted where they must be.
/// A completer that fails offers nothing; the prompt never shows an exception.
/// </summary>
public abstract class NameCompleter : IArgumentCompleter
{
    private const int MostOffers = 200;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            string word = (wordToComplete ?? "").Trim('\'', '"');
            bool pattern = WildcardPattern.ContainsWildcardCharacters(word);
            var wildcard = new WildcardPattern(word + "*", WildcardOptions.IgnoreCase);
            IEnumerable<Offer> matches = Names(new CompletionRequest(commandName ?? "", word, commandAst, fakeBoundParameters))
                .Where(name => pattern ? wildcard.IsMatch(name.Text) : name.Text.Contains(word, StringComparison.OrdinalIgnoreCase));
            return Best(matches, name => pattern || name.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Select(name => new CompletionResult(Quote(name.Text), name.Text, CompletionResultType.ParameterValue, name.MakeTip()))
                .ToList();
        }
        catch (Exception)
        {
            return [];
        }
    }

    /// <summary>
    /// The first names that begin with the word, then those that merely hold it. A name beyond the limit never displaces a better one.
    /// </summary>
    private static IEnumerable<Offer> Best(IEnumerable<Offer> matches, Func<Offer, bool> begins)
    {
        var first = new List<Offer>();
        var rest = new List<Offer>();
        foreach (Offer name in matches)
        {
            List<Offer> side = begins(name) ? first : rest;
            if (side.Count < MostOffers)
                side.Add(name);
            if (first.Count == MostOffers)
                break;
        }

        return first.Concat(rest).Take(MostOffers);
    }

    /// <summary>All names that may stand here.</summary>
    private protected abstract IEnumerable<Offer> Names(CompletionRequest request);

    /// <summary>Single quotes where the name is not one plain word.</summary>
    private static string Quote(string name) =>
        name.Length > 0 && name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '.' or '/' or '-') && name[0] != '-'
            ? name
            : $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";
}

/// <summary>One name on offer, with what makes the text of its tooltip: only what is shown needs one.</summary>
internal readonly record struct Offer(string Text, Func<string> MakeTip)
{
    public Offer(string text, string tip)
        : this(text, () => tip)
    {
    }
}

/// <summary>The command line that is being completed.</summary>
internal sealed record CompletionRequest(string Command, string Word, CommandAst? Ast, IDictionary? Bound)
{
    /// <summary>
    /// The DAG or plan that the command will get, where it can be told without running anything: bound to -InputObject,
    /// or a variable at the head of the pipeline.
    /// </summary>
    public object? Input
    {
        get
        {
            if (Bound?["InputObject"] is object bound)
                return Unwrap(bound);
            if (Ast?.Parent is not PipelineAst { PipelineElements: { Count: > 1 } elements }
                || elements[0] is not CommandExpressionAst { Expression: VariableExpressionAst variable })
                return null;
            using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            return Unwrap(shell.AddCommand("Get-Variable").AddParameter("Name", variable.VariablePath.UserPath).AddParameter("ValueOnly")
                .AddParameter("ErrorAction", ActionPreference.Ignore).Invoke().FirstOrDefault());
        }
    }

    private static object? Unwrap(object? value)
    {
        object? bare = value is PSObject wrapped ? wrapped.BaseObject : value;
        return bare is DagInput input ? input.Value : bare;
    }
}
