using ParallelDag.Graphs;
using ParallelDag.Simulation;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD019: times within the plan's limits. The time to the first token is when prefill has sampled it. The time per token is that of
/// serving, at the mean context with micro-batches taking turns, where the graph tells it (<see cref="DagHeader.TokenSeconds"/>); else that
/// of its decode step, the last and longest one. It runs where the plan has such a limit; a limit on what the graph does not tell is
/// never passed.
/// </summary>
internal static class TimesInLimits
{
    public static CheckRule Rule { get; } = new(
        "PD019",
        "Times and rates within the limits",
        "Looks at the phases of the graph, simulated by the times of its nodes: the first token is sampled within limits.ttft, tokens "
            + "follow each other within limits.tpot; and at the rates in its header: a GPU yields as many tokens a second as "
            + "limits.outputThroughput and limits.totalThroughput ask for. Runs where the plan has such a limit.",
        Check)
    {
        RunsWhere = dag => dag.Header.Limits is { } limits
            && (limits.Ttft ?? limits.Tpot ?? limits.OutputThroughput ?? limits.TotalThroughput) is not null,
    };

    private static CheckResult Check(Inspection inspection)
    {
        if (inspection.Dag.Header.Limits is not { } limits)
            return inspection.Skip("limits in the plan");
        var evidence = new List<string>();
        bool told = true;
        if (limits.Ttft is double ttft)
        {
            told &= Hold(PhaseKind.Prefill, "time to the first token", ttft,
                result => result.FinishOf(node => node is { Phase: PhaseKind.Prefill, Op: Ops.Sampling }));
        }

        if (limits.Tpot is double tpot)
        {
            told &= inspection.Dag.Header.TokenSeconds is double served ? Serve(served, tpot)
                : Hold(PhaseKind.Decode, "time per token, at the last one", tpot, StageTimes.Interval);
        }

        bool rated = Reach("output tokens", limits.OutputThroughput, inspection.Dag.Header.OutputRate)
            & Reach("tokens of prompts and outputs", limits.TotalThroughput, inspection.Dag.Header.TotalRate);
        return (told && rated) || inspection.HasFaults
            ? inspection.Conclude(string.Join("; ", evidence))
            : inspection.Skip(!told ? "times of both phases in the graph" : "rate of prefill and decode on pools of their own");

        bool Reach(string what, double? limit, double? rate)
        {
            if (limit is not double least)
                return true;
            if (rate is not double own)
                return false;
            string found = Words.Invariant($"{own:0.#} {what} a second and GPU, {least:0.#} wanted");
            if (own < least)
                inspection.Fault($"{found}; the slower phase decides: raise its replicas or its batch");
            evidence.Add(found);
            return true;
        }

        // Of several sets of instances the header tells the slowest one's.
        bool Serve(double seconds, double limit)
        {
            var decodes = new List<(PhaseId Phase, SimulationResult Result)>();
            foreach (DagPhase phase in inspection.Dag.Phases.Where(own => own.Phase.Kind == PhaseKind.Decode))
            {
                if (inspection.Survey.Simulate(phase.Phase) is not SimulationResult result)
                    return false;
                decodes.Add((phase.Phase, result));
            }

            if (decodes.Count == 0)
                return false;
            (PhaseId slowest, SimulationResult longest) = decodes.MaxBy(decode => StageTimes.Interval(decode.Result));
            string found = (decodes.Count > 1 ? $"{slowest.ToName()}, the slowest: " : "")
                + $"time per token {Milliseconds(seconds)}, {Milliseconds(limit)} allowed";
            if (seconds > limit)
                inspection.Fault($"{found}; the longest parts of {slowest.ToName()} are {longest.Explanation()}");
            evidence.Add(found);
            return true;
        }

        bool Hold(PhaseKind kind, string what, double limit, Func<SimulationResult, double> measure)
        {
            DagPhase[] phases = [.. inspection.Dag.Phases.Where(own => own.Phase.Kind == kind)];
            foreach (DagPhase phase in phases)
            {
                if (inspection.Survey.Simulate(phase.Phase) is not SimulationResult result)
                    return false;
                double seconds = measure(result);
                string found = (phases.Length > 1 ? phase.Phase.ToName() + " " : "")
                    + $"{what} {Milliseconds(seconds)}, {Milliseconds(limit)} allowed";
                if (seconds > limit)
                    inspection.Fault($"{found}; the longest parts of {phase.Phase.ToName()} are {result.Explanation()}");
                evidence.Add(found);
            }

            return phases.Length > 0;
        }
    }

    private static string Milliseconds(double seconds) => Words.Invariant($"{seconds * 1e3:0.###} ms");
}
