using System.CommandLine;
using ParallelDag.Migrations;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag migrate</c>: what moves between GPUs on the way from one plan to another.</summary>
internal static class MigrateCommand
{
    public static Command Create(Session session)
    {
        Argument<string> from = ArgumentFaults.File("from", "The plan that runs."), to = ArgumentFaults.File("to",
            "The plan that shall run.");
        var json = new Option<bool>("--json") { Description = "Print JSON in place of the table." };
        var command = new Command("migrate", "Tell which weights and caches move between which GPUs from one plan to another.")
        {
            from, to, json,
        };
        command.SetAction(parsed =>
        {
            using Progress progress = session.StartProgress();
            progress.Step("counting what moves");
            PlanMigration migration = PlanMigration.Of(
                Inputs.Plan(Inputs.Open(parsed.GetValue(from)!, session.Cancellation), "migrate", session.Cancellation),
                Inputs.Plan(Inputs.Open(parsed.GetValue(to)!, session.Cancellation), "migrate", session.Cancellation),
                    session.Cancellation);
            progress.Dispose();
            if (parsed.GetValue(json))
                MigrationText.WriteJson(migration, session.OutputStream);
            else
                session.Output.Write(MigrationText.Write(migration));
            return ExitCodes.Done;
        });
        return command;
    }
}
