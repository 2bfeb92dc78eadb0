using System.Text;
using ParallelDag.Durations;
using ParallelDag.Wording;

namespace ParallelDag.Descriptions;

/// <summary>The numbers of the time model for people: two tables of at most 80 columns, sources by letter below them.</summary>
internal static class SpeedText
{
    /// <summary>Appends the tables.</summary>
    public static void Write(StringBuilder text, SpeedDescription speed)
    {
        var sources = new List<string>();
        string whose = speed.Gpu == speed.Table ? "" : $" by the numbers of {speed.Table}";
        Line(text, $"");
        Line(text, $"Speed of {speed.Gpu}{whose} (timing in a plan replaces any)");
        Line(text, $"  {"kernels",-18} {"of peak",7}  {"of memory",9}  {"latency",8}  {"half at",7}  {"error",6}  source");
        foreach ((string name, KernelEfficiency row) in speed.Kernels)
        {
            string half = row.Half > 0 ? Words.Invariant($"{row.Half:0.###}") : "", trust = $"{Error(row.Error),6}  {Letter(row.Source)}";
            Line(text, $"  {name,-18} {row.Compute,7:0.000}  {row.Memory,9:0.000}  {Micros(row.Latency),8}  {half,7}  {trust}");
        }

        if (speed.Lines.Count == 0)
        {
            Line(text, $"  collectives run as a plain ring at the full rate of their links");
        }
        else
        {
            Line(text, $"  {"collective, by",-26} {"traffic",-8} {"latency",8} {"a member",8} {"of link",7} {"error",6} source");
            foreach (CollectiveLine line in speed.Lines)
            {
                string name = $"{line.Collective.ToName()}, {line.Implementation}";
                string times = $"{Micros(line.Latency),8} {Micros(line.PerMember),8}";
                string trust = $"{Error(line.Error),6} {Letter(line.Source)}";
                Line(text, $"  {name,-26} {Traffic(line),-8} {times} {line.Efficiency,7:0.000} {trust}");
            }
        }

        TimingSpec timing = speed.Timing;
        string rate = Words.Invariant($"{timing.NetworkEfficiency * 100:0.#} % of its rate");
        string core = timing.Oversubscription == 1 ? "" : Words.Invariant($", a core {timing.Oversubscription:0.##} times narrower");
        Line(text, $"  network: {Micros(timing.NetworkLatency)} a collective, {Micros(timing.SendLatency)} a message, {rate}{core}");
        if (timing.Launch == LaunchMode.Eager)
            Line(text, $"  launch: eager, {Micros(TimeModel.EagerSeconds)} more for each kernel and collective");
        for (int source = 0; source < sources.Count; source++)
        {
            string before = $"  {(char)('a' + source)}: ";
            foreach (string line in DescriptionText.Wrap(sources[source], 75))
            {
                Line(text, $"{before}{line.TrimStart()}");
                before = "     ";
            }
        }

        string Letter(string source)
        {
            if (!sources.Contains(source))
                sources.Add(source);
            return ((char)('a' + sources.IndexOf(source))).ToString();
        }
    }

    private static string Micros(double seconds) => Words.Invariant($"{seconds * 1e6:0.###} us");

    private static string Error(double? error) => error is double share ? Words.Invariant($"{share * 100:0.#} %") : "none";

    private static string Traffic(CollectiveLine line) => Words.CamelCase(line.Traffic.ToString());

    private static void Line(StringBuilder text, InvariantText line) => text.Append(Words.Invariant(line).TrimEnd()).Append('\n');
}
