using System.CommandLine;
using System.CommandLine.Invocation;

namespace ParallelDag.Cli;

/// <summary>The entry point: parses the arguments, runs one command, turns every fault into a line on stderr and an exit code.</summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        using var session = new Session();
        var root = new RootCommand("Turns an LLM deployment plan into its operator-level DAG, proves it right and draws it.")
        {
            RenderCommand.Create(session),
            CheckCommand.Create(session),
            DescribeCommand.Create(session),
            ExportCommand.Create(session),
            TimeCommand.Create(session),
            LaunchCommand.Create(session),
            CompareCommand.Create(session),
            ImportCommand.Create(session),
        };
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
