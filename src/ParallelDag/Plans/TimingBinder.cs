using System.Globalization;
using ParallelDag.Collections;
using ParallelDag.Documents;
using ParallelDag.Durations;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>Reads and writes the <c>timing</c> section of a plan.</summary>
internal static class TimingBinder
{
    private static readonly (string Name, CollectiveKind Value)[] Collectives =
        [.. Enum.GetValues<CollectiveKind>().Where(kind => kind != CollectiveKind.None).Select(kind => (kind.ToName()!, kind))];

    /// <summary>The section, or the defaults without one.</summary>
    public static TimingSpec Bind(PlanBinder? section, TimingSpec absent)
    {
        if (section is null)
            return absent;
        (int prefill, int decode) = OverlapSms(section, absent);
        var timing = new TimingSpec
        {
            Launch = section.Choice("launch", absent.Launch, ("graph", LaunchMode.Graph), ("eager", LaunchMode.Eager)),
            Kernels = section.Choice("kernels", absent.Kernels, ("tuned", KernelChoice.Tuned), ("stock", KernelChoice.Stock)),
            OverlapSmsPrefill = prefill,
            OverlapSmsDecode = decode,
            Oversubscription = Real(section, "oversubscription", absent.Oversubscription, 1, 1000),
            NetworkLatency = Duration(section, "networkLatency") ?? absent.NetworkLatency,
            SendLatency = Duration(section, "sendLatency") ?? absent.SendLatency,
            NetworkEfficiency = Share(section, "networkEfficiency") ?? absent.NetworkEfficiency,
            Efficiencies = Efficiencies(section.Section("efficiencies"), absent.Efficiencies),
            Lines = section.List("lines", (item, path) => Line(section.Child(item, path))) is { } lines ? [.. lines] : absent.Lines,
        };
        section.RefuseUnknownKeys();
        return timing;
    }

    /// <summary>The section that reads back to this; null for the defaults.</summary>
    public static DocumentMap? From(TimingSpec timing)
    {
        TimingSpec usual = TimingSpec.Default;
        if (timing == usual)
            return null;
        return PlanDocument.Map(
            ("launch", timing.Launch == usual.Launch ? null : PlanDocument.Name(timing.Launch)),
            ("kernels", timing.Kernels == usual.Kernels ? null : PlanDocument.Name(timing.Kernels)),
            ("overlapSms", (timing.OverlapSmsPrefill, timing.OverlapSmsDecode) == (usual.OverlapSmsPrefill, usual.OverlapSmsDecode) ? null
                : PlanDocument.Map(("prefill", PlanDocument.Number(timing.OverlapSmsPrefill)), ("decode",
                    PlanDocument.Number(timing.OverlapSmsDecode)))),
            ("oversubscription", timing.Oversubscription == usual.Oversubscription ? null : Text(timing.Oversubscription)),
            ("networkLatency", timing.NetworkLatency == usual.NetworkLatency ? null : Seconds(timing.NetworkLatency)),
            ("sendLatency", timing.SendLatency == usual.SendLatency ? null : Seconds(timing.SendLatency)),
            ("networkEfficiency", timing.NetworkEfficiency == usual.NetworkEfficiency ? null : Text(timing.NetworkEfficiency)),
            ("efficiencies", timing.Efficiencies.Count == 0 ? null
                : PlanDocument.Map([.. timing.Efficiencies.Select(row => (KernelNames.Of(row.Kernel, row.Rate),
                    (DocumentNode?)From(row)))])),
            ("lines", timing.Lines.Count == 0 ? null : PlanDocument.List(timing.Lines.Select(From))));
    }

    /// <summary>The numbers of a row that a plan gives.</summary>
    public static DocumentMap From(EfficiencyOverride row) => PlanDocument.Map(
        ("compute", row.Compute is double compute ? Text(compute) : null),
        ("memory", row.Memory is double memory ? Text(memory) : null),
        ("latency", row.Latency is double latency ? Seconds(latency) : null),
        ("half", row.Half is double half ? Text(half) : null));

    private static DocumentMap From(CollectiveLine line) => PlanDocument.Map(
        ("collective", PlanDocument.Text(line.Collective.ToName()!)),
        ("traffic", PlanDocument.Name(line.Traffic)),
        ("latency", Seconds(line.Latency)),
        ("perMember", line.PerMember == 0 ? null : Seconds(line.PerMember)),
        ("efficiency", Text(line.Efficiency)),
        ("scope", line.Scope == LineScope.Any ? null : PlanDocument.Name(line.Scope)),
        ("members", (line.LeastMembers, line.MostMembers) == (2, int.MaxValue) ? null
            : PlanDocument.List([PlanDocument.Number(line.LeastMembers), PlanDocument.Number(line.MostMembers)])),
        ("maxBytes", line.MostBytes == long.MaxValue ? null : PlanDocument.Text(Words.Invariant($"{line.MostBytes} B"))));

    private static (int Prefill, int Decode) OverlapSms(PlanBinder section, TimingSpec absent)
    {
        if (section.Find("overlapSms") is DocumentMap)
        {
            PlanBinder both = section.Section("overlapSms")!;
            (int, int) given = (Multiprocessors(both, "prefill", absent.OverlapSmsPrefill), Multiprocessors(both, "decode",
                absent.OverlapSmsDecode));
            both.RefuseUnknownKeys();
            return given;
        }

        if (section.Find("overlapSms") is null)
            return (absent.OverlapSmsPrefill, absent.OverlapSmsDecode);
        int alike = Multiprocessors(section, "overlapSms", 0);
        return (alike, alike);
    }

    private static int Multiprocessors(PlanBinder section, string key, int absent)
    {
        int given = section.Int(key, absent);
        if (given is >= 0 and < SimulationOptions.Multiprocessors)
            return given;
        section.Fault(key, Words.Invariant(
            $"overlapSms is {given}; give 0 to {SimulationOptions.Multiprocessors - 1} of an H100's "
                + $"{SimulationOptions.Multiprocessors} multiprocessors"));
        return absent;
    }

    /// <summary>The rows that are given, of each the numbers that are; the others stay what they are.</summary>
    private static ValueList<EfficiencyOverride> Efficiencies(PlanBinder? section, ValueList<EfficiencyOverride> absent)
    {
        if (section is null)
            return absent;
        var rows = new List<EfficiencyOverride>();
        foreach ((string name, Graphs.KernelClass kernel, Precisions.PeakRate? rate) in KernelNames.All)
        {
            EfficiencyOverride? known = absent.FirstOrDefault(other => (other.Kernel, other.Rate) == (kernel, rate));
            if (section.Section(name) is not PlanBinder row)
            {
                if (known is not null)
                    rows.Add(known);
                continue;
            }

            rows.Add(new EfficiencyOverride(kernel, rate)
            {
                Compute = Share(row, "compute") ?? known?.Compute,
                Memory = Share(row, "memory") ?? known?.Memory,
                Latency = Duration(row, "latency") ?? known?.Latency,
                Half = row.Find("half") is null ? known?.Half : Real(row, "half", 0, 0, 1e9),
            });
            row.RefuseUnknownKeys();
        }

        section.RefuseUnknownKeys();
        return [.. rows];
    }

    private static CollectiveLine Line(PlanBinder section)
    {
        if (!section.Mentions("collective"))
            section.Fault("collective", "a line lacks the key 'collective'; give one such as all-reduce");
        double? efficiency = Share(section, "efficiency");
        if (!section.Mentions("efficiency"))
            section.Fault("efficiency", "a line lacks the key 'efficiency', its share of the link's bandwidth; give 0.7, say");
        IReadOnlyList<int>? members = section.List("members", section.Integer);
        if (members is not null && (members.Count != 2 || members[0] < 2 || members[1] < members[0]))
        {
            section.Fault("members", "members of a line are two numbers, the fewest (2 or more) and the most, such as [2, 8]");
            members = null;
        }

        var line = new CollectiveLine(
            section.Choice("collective", CollectiveKind.AllReduce, Collectives),
            section.Choice("traffic", LineTraffic.Ring, ("ring", LineTraffic.Ring), ("oneShot", LineTraffic.OneShot), ("inSwitch",
                LineTraffic.InSwitch),
                ("one", LineTraffic.One)),
            Duration(section, "latency") ?? 0,
            Duration(section, "perMember") ?? 0,
            efficiency ?? 1)
        {
            Scope = section.Choice("scope", LineScope.Any, ("any", LineScope.Any), ("domain", LineScope.Domain), ("network",
                LineScope.Network)),
            LeastMembers = members?[0] ?? 2,
            MostMembers = members?[1] ?? int.MaxValue,
            MostBytes = section.Find("maxBytes") is null ? long.MaxValue
                : section.Quantity("maxBytes", long.MaxValue, (string text, out long value) => Quantity.TryParseBytes(text, out value),
                    "8 MiB"),
            Implementation = "plan",
            Source = "the plan",
        };
        section.RefuseUnknownKeys();
        return line;
    }

    private static double? Share(PlanBinder section, string key)
    {
        if (section.Find(key) is null)
            return null;
        double share = section.Quantity(key, 1d, (string text, out double value) => Quantity.TryParseFraction(text, out value), "0.8");
        if (share is > 0 and <= 1)
            return share;
        section.Fault(key, Words.Invariant($"{key} is a share of a data sheet's rate, above 0 and at most 1, not {share}"));
        return 1;
    }

    private static double? Duration(PlanBinder section, string key) => section.Find(key) is null ? null
        : section.Quantity(key, 0d, (string text, out double value) => Quantity.TryParseDuration(text, out value)
            && value is >= 0 and <= 1, "4 us");

    private static double Real(PlanBinder section, string key, double absent, double least, double most)
    {
        if (section.Find(key) is not DocumentNode node)
            return absent;
        double value = section.Number(node, key);
        if (value >= least && value <= most)
            return value;
        section.Fault(key, Words.Invariant($"{key} must be between {least} and {most}, not {value}"));
        return absent;
    }

    private static DocumentScalar Seconds(double value) => PlanDocument.Text(Plain(value * 1e6) + " us");

    private static DocumentScalar Text(double value) => PlanDocument.Text(Plain(value));

    private static string Plain(double value) => Math.Round(value, 9).ToString("0.#########", CultureInfo.InvariantCulture);
}
