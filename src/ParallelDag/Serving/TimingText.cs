using System.Text;
using ParallelDag.Graphs;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Serving;

/// <summary>A measurement as <c>paralleldag time</c> prints it: within 80 columns.</summary>
public static class TimingText
{
    private const int MostOperators = 12;

    /// <summary>The text of a plan's measurement.</summary>
    public static string Write(PlanTiming timing)
    {
        var text = new StringBuilder();
        Line(text, $"{timing.Name}: {timing.Schedule.ToString().ToLowerInvariant()} schedule, {timing.Detail.ToName()} graph");
        foreach (Timing phase in timing.Phases)
            Phase(text, phase);
        Serving(text, timing.Serving);
        text.Wrap($"Accuracy: {timing.Accuracy}.", indent: 0);
        return text.ToString();
    }

    /// <summary>The text of a graph's measurement.</summary>
    public static string Write(IReadOnlyList<Timing> phases)
    {
        var text = new StringBuilder();
        Line(text, $"{phases[0].Name}: {phases[0].Schedule.ToString().ToLowerInvariant()} schedule");
        foreach (Timing phase in phases)
            Phase(text, phase);
        text.Wrap($"Accuracy: {phases[0].Accuracy}.", indent: 0);
        return text.ToString();
    }

    /// <summary><c>12.3 ms</c>: three significant digits and the unit that suits.</summary>
    public static string Time(double seconds) => seconds switch
    {
        0 => "0",
        < 1e-3 => $"{Digits(seconds * 1e6)} us",
        < 1 => $"{Digits(seconds * 1e3)} ms",
        _ => $"{Digits(seconds)} s",
    };

    private static void Phase(StringBuilder text, Timing phase)
    {
        text.Append('\n');
        Line(text, $"{phase.Part?.ToTitle() ?? "Graph"}  {Time(phase.Makespan)}");
        string mfu = phase.Mfu is double peak ? $", {Percent(peak)} of peak FLOPS" : "";
        string shares = $"compute {Percent(phase.Utilisation)}, communicate alone {Percent(phase.ExposedShare)}";
        text.Wrap($"GPUs {shares}, wait {Percent(phase.BubbleFraction)}{mfu}", indent: 2);
        IReadOnlyList<StageTime> stages = phase.GetStages();
        if (stages.Count > 1)
            text.Wrap($"stages: {string.Join(", ", stages.Select(stage => Time(stage.Seconds)))}", indent: 2);
        text.Wrap($"critical path: {phase.Bottleneck}", indent: 2);
        IReadOnlyList<OperatorUse> operators = phase.GetOperators();
        Line(text, $"  {"operator",-26} {"count",9} {"a GPU",10} {"share",7}  bound");
        foreach (OperatorUse use in operators.Take(MostOperators))
            Line(text, $"  {use.Op,-26} {use.Count,9:N0} {Time(use.Seconds),10} {Percent(use.Share),7}  {use.Bound.ToName()}");
        if (operators.Count > MostOperators)
        {
            OperatorUse[] rest = [.. operators.Skip(MostOperators)];
            string others = Words.Count(rest.Length, "other");
            string seconds = Time(rest.Sum(use => use.Seconds)), share = Percent(rest.Sum(use => use.Share));
            Line(text, $"  {others,-26} {rest.Sum(use => use.Count),9:N0} {seconds,10} {share,7}");
        }

        IReadOnlyList<LinkUse> links = phase.GetLinks();
        if (links.Count == 0)
            return;
        Line(text, $"  {"links",-16} {"group",14} {"on the wire",13} {"a GPU",10}");
        foreach (LinkUse use in links)
        {
            string group = use.Domains > 1 ? Words.Invariant($"{use.GroupSize} in {use.Domains} domains")
                : Words.Invariant($"{use.GroupSize}");
            string name = $"{use.Axis} {use.Collective.ToName()}".Trim();
            Line(text, $"  {name,-16} {group,14} {Quantity.FormatBytes(use.Bytes),13} {Time(use.Seconds),10}");
        }
    }

    private static void Serving(StringBuilder text, ServingForecast serving)
    {
        text.Append('\n');
        Line(text, $"Serving ({serving.Mode.ToString().ToLowerInvariant()}, {Words.Count(serving.Gpus, "GPU")})");
        Row("time to the first token", serving.Ttft, Time);
        Row("time a token, mean context", serving.Tpot, Time);
        Row("time a token, last", serving.TpotLast, Time);
        Row("cache transfer not hidden", serving.ExposedTransfer, Time);
        Row("a whole request", serving.EndToEnd, Time);
        if (serving.Steady is SteadyState state)
        {
            Line(text, $"  {"pass with a chunk",-28} {Time(state.MixedPass)}, {Percent(state.ChunkShare)} of passes");
            Line(text, $"  {"  it carries",-28} {state.Chunk:N0} prompt tokens, {state.Decoding:N0} sequences");
            Line(text, $"  {"pass without",-28} {Time(state.DecodePass)}");
        }

        Row("requests a second", serving.RequestsPerSecond, Digits);
        if (serving.PrefillRate is double prefill && serving.DecodeRate is double decode)
        {
            Line(text, $"  {"  prefill, decode could",-28} {Digits(prefill)}, {Digits(decode)}");
            Line(text, $"  {"  the faster waits",-28} {Percent(serving.IdleShareOfFasterPool!.Value)}");
        }

        Row("output tokens a second", serving.TokensPerSecond, Digits);
        Row("  a GPU", serving.TokensPerSecondPerGpu, Digits);
        Row("  a user", serving.TokensPerSecondPerUser, Digits);
        if (serving.SequencesThatFit is int fit)
            Line(text, $"  {"sequences that fit",-28} {fit:N0}");
        foreach (string note in serving.Notes)
            text.Wrap(note, indent: 2);
        text.Append('\n');

        void Row(string name, double? value, Func<double, string> format)
        {
            if (value is double number && double.IsFinite(number))
                Line(text, $"  {name,-28} {format(number)}");
        }
    }

    private static string Percent(double share) => Words.Invariant($"{share * 100:0.0} %");

    /// <summary>Three significant digits without an exponent.</summary>
    private static string Digits(double value) => value switch
    {
        >= 1000 => Words.Invariant($"{value:N0}"),
        >= 100 => Words.Invariant($"{value:0}"),
        >= 10 => Words.Invariant($"{value:0.0}"),
        >= 0.1 => Words.Invariant($"{value:0.00}"),
        _ => Words.Invariant($"{value:0.0000}"),
    };

    private static void Line(StringBuilder text, InvariantText line) => text.Append(Words.Invariant(line)).Append('\n');
}
