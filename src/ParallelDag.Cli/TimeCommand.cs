using System.CommandLine;
using ParallelDag.Durations;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Readers;
using ParallelDag.Serving;

namespace ParallelDag.Cli;

/// <summary><c>paralleldag time</c>: how long each phase takes and why, and what a plan serves.</summary>
internal static class TimeCommand
{
    public static Command Create(Session session)
    {
        Argument<string> input = ArgumentFaults.File("plan|graph",
            "A plan file, or a graph whose nodes tell seconds; '-' for standard input.");
        Option<string> schedule = ArgumentFaults.Choice(
            "--schedule",
            "sequential: streams run nodes in the order of the graph; overlapped: what is ready, so that micro-batches hide each other's "
                + "communication.",
            "sequential", "sequential", "overlapped");
        Option<string> streams = PictureOptions.StreamsOption();
        Option<string> serving = ArgumentFaults.Choice(
            "--serving",
            "static: a batch at a time (so on one pool); aggregated: continuous batching, chunks of prompts ride along; disaggregated (so "
                + "on two pools).",
            null, "static", "aggregated", "disaggregated");
        Option<int?> chunk = ArgumentFaults.Count(
            "--chunk", "Aggregated: prompt tokens that ride along in a pass; the whole prompt.", 1_000_000);
        Option<double?> ofPrefill = Margin("--prefill-margin", "the rate of prefill"), ofDecode = Margin("--decode-margin",
            "the rate of decode");
        Option<double?> ofTtft = Margin("--ttft-margin", "the time to the first token");
        var calibrate = new Option<string>("--calibrate")
        {
            Description = "A CSV of operators timed on this GPU (op,shape,us): fit efficiencies to them first.",
        };
        var trace = new Option<string>("--trace") { Description = "Write when every node runs to this file too, for ui.perfetto.dev." };
        var json = new Option<bool>("--json") { Description = "Print JSON in place of the tables." };
        var command = new Command("time", "Tell how long prefill and decode take and why, and what a plan serves.")
        {
            input, schedule, streams, serving, chunk, ofPrefill, ofDecode, ofTtft, calibrate, trace, json,
        };
        command.SetAction(parsed =>
        {
            var options = new MeasureOptions
            {
                Schedule = Enum.Parse<StreamSchedule>(parsed.GetValue(schedule)!, ignoreCase: true),
                Streams = Enum.Parse<StreamAssignment>(parsed.GetValue(streams)!, ignoreCase: true),
                Serving = parsed.GetValue(serving) is string mode ? Enum.Parse<ServingMode>(mode, ignoreCase: true) : null,
                Chunk = parsed.GetValue(chunk),
                PrefillMargin = parsed.GetValue(ofPrefill) ?? 1,
                DecodeMargin = parsed.GetValue(ofDecode) ?? 1,
                TtftMargin = parsed.GetValue(ofTtft) ?? 1,
                Measured = parsed.GetValue(calibrate) is string csv ? MeasuredOperator.Read(Inputs.Open(csv, session.Cancellation)) : null,
            };
            return Run(session, parsed.GetValue(input)!, options, parsed.GetValue(json), parsed.GetValue(trace));
        });
        return command;
    }

    private static Option<double?> Margin(string name, string what)
    {
        var option = new Option<double?>(name)
        {
            Description = $"A factor on {what}; 1.",
            CustomParser = result =>
            {
                if (double.TryParse(result.Tokens[0].Value, System.Globalization.NumberStyles.AllowDecimalPoint,
                    System.Globalization.CultureInfo.InvariantCulture, out double value) && value is > 0 and <= 100)
                    return value;
                result.AddError($"{name} is a factor above 0 and at most 100, not '{result.Tokens[0].Value}'");
                return null;
            },
        };
        return option;
    }

    private static int Run(Session session, string path, MeasureOptions options, bool json, string? trace)
    {
        InputFile input = Inputs.Open(path, session.Cancellation);
        using Progress progress = session.StartProgress();
        progress.Step("simulating");
        Dag dag;
        if (InputKinds.Of(input) == InputKind.Graph)
        {
            IReadOnlyList<Timing> timings = PlanTimer.Measure(GraphFile.Read(input, session.Cancellation), options, null,
                session.Cancellation);
            progress.Dispose();
            dag = timings[0].GetSimulation().GetDag();
            if (json)
                TimingJson.Write(timings, session.OutputStream);
            else
                session.Output.Write(TimingText.Write(timings));
        }
        else
        {
            PlanTiming timing = PlanTimer.Measure(Inputs.Plan(input, "time", session.Cancellation), options, null, session.Cancellation);
            progress.Dispose();
            dag = timing.Phases[0].GetSimulation().GetDag();
            if (json)
                TimingJson.Write(timing, session.OutputStream);
            else
                session.Output.Write(TimingText.Write(timing));
        }

        if (trace is not null)
            Trace(session, dag, options, trace);
        return ExitCodes.Done;
    }

    private static void Trace(Session session, Dag dag, MeasureOptions options, string path)
    {
        using OutputFiles files = session.CreateFiles();
        var export = new ExportOptions { Simulation = new SimulationOptions { Schedule = options.Schedule, Streams = options.Streams } };
        ExportNotes notes = GraphFormats.Trace.Write(dag, new FileOutput(files, path), export, session.Cancellation);
        files.Commit();
        if (notes.LeftOut is string leftOut)
            session.Say(leftOut);
    }
}
