using System.CommandLine;
using System.CommandLine.Invocation;

namespace ParallelDag.Cli;

/// <summary>The entry point: parses the arguments, runs one command, turns every fault into a line on stderr and an exit code.</summary>
internal static class Program
{
    // A run builds the command that it names; the others only where help or a mistake asks for all.
    private static readonly (string Name, Func<Session, Command> Create)[] Commands =
    [
        ("render", RenderCommand.Create),
        ("check", CheckCommand.Create),
        ("describe", DescribeCommand.Create),
        ("export", ExportCommand.Create),
        ("time", TimeCommand.Create),
        ("search", SearchCommand.Create),
        ("launch", LaunchCommand.Create),
        ("compare", CompareCommand.Create),
        ("explain", ExplainCommand.Create),
        ("migrate", MigrateCommand.Create),
        ("impact", ImpactCommand.Create),
        ("watch", WatchCommand.Create),
        ("import", ImportCommand.Create),
    ];

    public static int Main(string[] arguments)
    {
        using var session = new Session();
        var root = new RootCommand("Turns an LLM deployment plan into its operator-level DAG, proves it right and draws it.");
        string? named = arguments.Length > 0 && Array.Exists(Commands, command => command.Name == arguments[0]) ? arguments[0] : null;
        foreach ((string name, Func<Session, Command> create) in Commands)
        {
            if (named is null || name == named)
                root.Add(create(session));
        }

        ParseResult parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            foreach (string fault in ArgumentFaults.Of(parsed))
                session.Say(fault);
            return ExitCodes.Refused;
        }

        return session.Run(() => parsed.Invoke(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = session.Output,
            Error = session.Error,
        }));
    }
}
