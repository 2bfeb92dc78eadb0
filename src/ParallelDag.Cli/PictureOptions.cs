using System.CommandLine;
using System.Globalization;
using ParallelDag.Exports;
using ParallelDag.Layouts;

namespace ParallelDag.Cli;

/// <summary>
/// The options that choose what an export shows: <c>--stage</c>, <c>--layers</c>, <c>--fold</c>, <c>--gpus</c>, <c>--force</c>,
/// <c>--schedule</c>, <c>--names</c>. Each is refused for a format that has no use for it.
/// </summary>
internal sealed class PictureOptions
{
    private readonly Option<string> _stage = new("--stage") { Description = "Show one stage only.", HelpName = "N" };
    private readonly Option<string> _layers = new("--layers") { Description = "Show these layers only.", HelpName = "A-B" };
    private readonly Option<string> _fold = ArgumentFaults.Choice(
        "--fold", "Draw identical layers once: when a picture gets large, always, never.", standard: "auto", "auto", "always", "never");

    private readonly Option<string> _gpus = new("--gpus")
    {
        Description = "Show these GPUs only [default: all, or one of each stage where that would be too much].",
        HelpName = "0-3,8",
    };

    private readonly Option<bool> _force = new("--force") { Description = "Write everything, however large." };
    private readonly Option<string> _schedule = new("--schedule")
    {
        Description = "Of a trace the order of streams, sequential or overlapped; of chakra the control dependencies: streams (each "
            + "communication waits for the one before, each computation too), serial, free.",
        HelpName = string.Join('|', [.. TraceSchedules, .. ChakraSchedules]),
    };

    private readonly Option<string> _names = ArgumentFaults.Choice(
        "--names", "Names of nodes in Chakra traces; none halves the files.", standard: "ids", "ids", "none");

    private readonly Option<string> _streams = StreamsOption();

    private static string[] TraceSchedules => ["sequential", "overlapped"];

    private static string[] ChakraSchedules => ["streams", "serial", "free"];

    /// <summary>Adds the options to <paramref name="command"/>.</summary>
    public PictureOptions(Command command)
    {
        _stage.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !TryNumber(result.Tokens[0].Value, out _))
                result.AddError($"--stage takes a number from 1, not '{result.Tokens[0].Value}'");
        });
        _layers.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !TryRange(result.Tokens[0].Value, out _))
                result.AddError($"--layers takes a layer or a range such as 2-5, not '{result.Tokens[0].Value}'");
        });
        _gpus.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !(GpuSet.TryParse(result.Tokens[0].Value, out GpuSet? gpus) && !gpus.IsEmpty))
                result.AddError($"--gpus takes GPUs such as 3, 0-15 or 0-1,4-5, not '{result.Tokens[0].Value}'");
        });
        (Option Option, ExportChoices Choice)[] options =
        [
            (_stage, ExportChoices.Part), (_layers, ExportChoices.Part), (_fold, ExportChoices.Folding),
            (_gpus, ExportChoices.Gpus), (_force, ExportChoices.Gpus), (_schedule, ExportChoices.Schedule | ExportChoices.Control),
            (_streams, ExportChoices.Schedule), (_names, ExportChoices.Control),
        ];
        foreach ((Option option, _) in options)
            command.Options.Add(option);
        _schedule.CompletionSources.Add([.. TraceSchedules, .. ChakraSchedules]);
        command.Validators.Add(result =>
        {
            string? format = result.GetValue<string>("--format")?.ToLowerInvariant();
            if (format is null)
                return;
            ExportChoices takes = GraphFormats.Find(format)?.Takes ?? ExportChoices.None;
            foreach ((Option option, ExportChoices choice) in options)
            {
                if ((takes & choice) != 0 || result.GetResult(option) is not { Implicit: false })
                    continue;
                string takers =
                    string.Join(" or ", GraphFormats.All.Where(known => (known.Takes & choice) != 0).Select(known => known.Name));
                result.AddError($"{option.Name} is for --format {takers}, not for {format}");
            }

            string[] schedules = takes.HasFlag(ExportChoices.Control) ? ChakraSchedules : TraceSchedules;
            if ((takes & (ExportChoices.Schedule | ExportChoices.Control)) != 0
                && result.GetResult(_schedule) is { Tokens: [{ Value: string schedule }] }
                && !schedules.Contains(schedule, StringComparer.OrdinalIgnoreCase))
                result.AddError($"--schedule takes {string.Join(", ", schedules[..^1])} or {schedules[^1]}, not '{schedule}'");
        });
    }

    /// <summary>The option for the streams that a GPU has.</summary>
    public static Option<string> StreamsOption() => ArgumentFaults.Choice(
        "--streams",
        "Streams of a GPU: four (compute, collective, send, receive), two (as ASTRA-sim: compute, communication), one.",
        standard: "four", "four", "two", "one");

    /// <summary>What the arguments ask to show.</summary>
    public ExportOptions Read(ParseResult parsed, PhaseKind? phase) => new()
    {
        Drawing = new DrawingOptions
        {
            Phase = phase,
            Stage = TryNumber(parsed.GetValue(_stage), out int stage) ? stage : null,
            Layers = TryRange(parsed.GetValue(_layers), out (int, int) layers) ? layers : null,
            Folding = Enum.Parse<Folding>(parsed.GetValue(_fold)!, ignoreCase: true),
        },
        Simulation = new SimulationOptions
        {
            Schedule = Word<StreamSchedule>(parsed, _schedule),
            Streams = Word<StreamAssignment>(parsed, _streams),
        },
        Chakra = new ChakraOptions
        {
            Schedule = Word<ChakraSchedule>(parsed, _schedule),
            WithoutNames = string.Equals(parsed.GetValue(_names), "none", StringComparison.OrdinalIgnoreCase),
        },
        Gpus = GpuSet.TryParse(parsed.GetValue(_gpus), out GpuSet? gpus) ? gpus : null,
        Whole = parsed.GetValue(_force),
    };

    /// <summary>The value that an option's word names; the first one where it names none of them.</summary>
    private static T Word<T>(ParseResult parsed, Option<string> option)
        where T : struct, Enum => Enum.TryParse(parsed.GetValue(option), ignoreCase: true, out T value) ? value : default;

    private static bool TryNumber(string? text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static bool TryRange(string? text, out (int First, int Last) range)
    {
        range = default;
        string[] ends = text?.Split('-') ?? [];
        if (ends.Length is < 1 or > 2 || !TryNumber(ends[0], out int first) || !TryNumber(ends[^1], out int last) || last < first)
            return false;
        range = (first, last);
        return true;
    }
}
