using System.CommandLine;
using System.CommandLine.Parsing;
using ParallelDag.Wording;

namespace ParallelDag.Cli;

/// <summary>What is wrong with the arguments, a line a fault.</summary>
internal static class ArgumentFaults
{
    /// <summary>The lines for stderr.</summary>
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.CommandResult.Parent is null)
        {
            string names = string.Join(", ", command.Subcommands.Select(sub => sub.Name));
            string fault = parsed.UnmatchedTokens.Count == 0
                ? "a command is missing"
                : $"there is no command '{parsed.UnmatchedTokens[0]}'";
            return [$"{fault}; the commands are {names} (see paralleldag --help)"];
        }

        // An unknown option is first taken for the file, and the file then for one too many: the option is the fault to report.
        string? unknown = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
            .Select(token => token.Value).Concat(parsed.UnmatchedTokens).FirstOrDefault(token => token.Length > 1 && token[0] == '-');
        IEnumerable<string> faults = unknown is not null
            ? [$"there is no option '{unknown}'"]
            : parsed.Errors.Select(error => error.Message.ReplaceLineEndings(" ").TrimEnd('.', ' '));
        return faults.Distinct().Select(fault => $"{fault} (see paralleldag {command.Name} --help)");
    }

    /// <summary>A file argument that refuses what looks like an option.</summary>
    public static Argument<string> File(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.Tokens[0].Value is ['-', _, ..])
                result.AddError($"there is no option '{result.Tokens[0].Value}'");
        });
        return argument;
    }

    /// <summary>An option that takes one of a few words; left out it has the value <paramref name="standard"/>, or none.</summary>
    public static Option<string> Choice(string name, string description, string? standard, params string[] words)
    {
        var option = new Option<string>(name) { Description = description, HelpName = string.Join('|', words) };
        if (standard is not null)
            option.DefaultValueFactory = _ => standard;
        Restrict(option, words);
        return option;
    }

    /// <summary>An option that takes a whole number from 1 to <paramref name="most"/>.</summary>
    public static Option<int?> Count(string name, string description, int most)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && (value < 1 || value > most))
                result.AddError(Words.Invariant($"{name} is 1 to {most:N0}, not {value}"));
        });
        return option;
    }

    private static void Restrict(Option<string> option, string[] words)
    {
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !words.Contains(result.Tokens[0].Value, StringComparer.OrdinalIgnoreCase))
                result.AddError($"{option.Name} takes {string.Join(", ", words[..^1])} or {words[^1]}, not '{result.Tokens[0].Value}'");
        });
    }
}
