namespace ParallelDag.Engines;

/// <summary>An option of a command with what it takes.</summary>
/// <param name="Option">The row of the engine's table; null for words that are no option.</param>
/// <param name="Words">The words.</param>
internal sealed record CommandOption(EngineOption? Option, IReadOnlyList<CommandWord> Words);

/// <summary>What starts an engine on one node of an instance.</summary>
/// <param name="Variables">Environment variables, in order.</param>
/// <param name="Options">The command, option by option.</param>
/// <param name="Config">The content of the engine's file, which the command names; null for an engine that takes flags alone.</param>
internal sealed record EngineCommand(
    IReadOnlyList<(string Name, CommandWord Value)> Variables, IReadOnlyList<CommandOption> Options, string? Config = null)
{
    /// <summary>The words of the command.</summary>
    public IEnumerable<CommandWord> Words => Options.SelectMany(option => option.Words);

    /// <summary>The command in one line.</summary>
    public string Line => CommandWord.Line(Words);

    /// <summary>The variables that no shell expands: the same on every node.</summary>
    public IEnumerable<(string Name, CommandWord Value)> Constants => Variables.Where(variable => !variable.Value.IsExpanded);

    /// <summary>Lines of a shell script that set variables.</summary>
    public static string Exports(IEnumerable<(string Name, CommandWord Value)> variables) =>
        string.Concat(variables.Select(variable => $"export {variable.Name}={variable.Value.ToShell()}\n"));

    /// <summary>The options but those that say one of <paramref name="means"/>, and without the words that start the server.</summary>
    public IReadOnlyList<CommandOption> Without(params ReadOnlySpan<string> means)
    {
        var left = new List<CommandOption>();
        foreach (CommandOption option in Options)
        {
            if (option.Option is EngineOption row && !means.Contains(row.Means))
                left.Add(option);
        }

        return left;
    }
}

/// <summary>Builds a command with the options of an engine's table.</summary>
internal sealed class CommandBuilder(EngineTable table)
{
    private readonly List<CommandOption> _options = [new CommandOption(null, [.. table.Command.Select(word => new CommandWord(word))])];

    /// <summary>The command.</summary>
    public IReadOnlyList<CommandOption> Options => _options;

    /// <summary>A word that is no option.</summary>
    public CommandBuilder Word(string text)
    {
        _options.Add(new CommandOption(null, [new CommandWord(text)]));
        return this;
    }

    /// <summary>An option without a value.</summary>
    public CommandBuilder Flag(string means, bool when = true)
    {
        if (when)
            Add(means, null);
        return this;
    }

    /// <summary>An option with a text.</summary>
    public CommandBuilder Option(string means, string value) => Add(means, new CommandWord(value));

    /// <summary>An option with a number.</summary>
    public CommandBuilder Option(string means, int value, bool when = true) =>
        when ? Option(means, value.ToString(System.Globalization.CultureInfo.InvariantCulture)) : this;

    /// <summary>An option with a word that the shell may expand.</summary>
    public CommandBuilder Option(string means, CommandWord value) => Add(means, value);

    private CommandBuilder Add(string means, CommandWord? value)
    {
        EngineOption option = table.Option(means);
        var flag = new CommandWord(option.Flag!);
        _options.Add(new CommandOption(option, value is CommandWord word ? [flag, word] : [flag]));
        return this;
    }
}
