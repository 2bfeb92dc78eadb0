using ParallelDag.Durations;
using ParallelDag.Plans;
using ParallelDag.Wording;

namespace ParallelDag.Serving;

/// <summary>What a plan serves. TTFT and the transfer come from a simulation of the plan's graph, everything else from its forms.</summary>
internal static class ServingForecaster
{
    private const string OutOfScope =
        "no queueing: arrivals, percentiles, prefix caching, speculation and the policy by which chunks are scheduled are left out";

    /// <summary>The forecast.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Mode, chunk, margins.</param>
    /// <param name="ttft">Seconds of prefill's graph, or null without one.</param>
    /// <param name="exposed">Seconds of the transfer that prefill does not hide, or null without a hand-off.</param>
    public static ServingForecast Of(DeploymentPlan plan, MeasureOptions options, double? ttft, double? exposed)
    {
        ServingMode mode = options.Serving
            ?? (plan.Cluster.Pool == PoolKind.Disaggregated && plan.Phases.Count == 2 ? ServingMode.Disaggregated : ServingMode.Static);
        WorkloadSpec workload = plan.Workload;
        var forecast = new ServingForecast
        {
            Mode = mode,
            Gpus = plan.UsedGpus,
            Ttft = ttft * options.TtftMargin,
            ExposedTransfer = exposed,
            Tpot = PlanPass.TokenSeconds(plan, streams: options.Streams),
            TpotLast = PlanPass.TokenSeconds(plan, last: true, options.Streams),
            SequencesThatFit = plan.DecodeLayout is PhaseLayout decode ? SequenceRoom.Of(plan, decode) : null,
            Notes = Notes(options),
        };
        if (mode == ServingMode.Aggregated)
            return Aggregated(plan, options, forecast);
        forecast = forecast with { EndToEnd = (forecast.Ttft ?? 0) + (exposed ?? 0) + ((workload.OutputLength - 1) * (forecast.Tpot
            ?? 0)) };
        return mode == ServingMode.Disaggregated ? Disaggregated(plan, options, forecast) : Static(plan, forecast);
    }

    private static ServingForecast Static(DeploymentPlan plan, ServingForecast forecast)
    {
        double tokens = plan.DecodeLayout is null ? 1 : plan.Workload.OutputLength;
        double rate = (plan.DecodeLayout ?? plan.PrefillLayout!).Sequences / forecast.EndToEnd!.Value;
        return forecast with
        {
            RequestsPerSecond = rate, TokensPerSecond = rate * tokens, Concurrency = rate * forecast.EndToEnd,
        };
    }

    private static ServingForecast Disaggregated(DeploymentPlan plan, MeasureOptions options, ServingForecast forecast)
    {
        if (plan.PrefillLayout is not PhaseLayout prefill || plan.DecodeLayout is not PhaseLayout decode)
            throw new InputException($"the plan {plan.Name} has one phase; disaggregated serving takes a prefill and a decode");
        double busy = PlanPass.AllOf(plan, prefill, options.Streams).Sum(pass => pass.Slowest);
        double ofPrefill = prefill.Sequences / busy * options.PrefillMargin;
        double ofDecode = plan.Workload.OutputLength <= 1 ? double.PositiveInfinity
            : decode.Sequences / ((plan.Workload.OutputLength - 1) * forecast.Tpot!.Value) * options.DecodeMargin;
        double rate = Math.Min(ofPrefill, ofDecode);
        return forecast with
        {
            PrefillRate = ofPrefill,
            DecodeRate = double.IsFinite(ofDecode) ? ofDecode : null,
            RequestsPerSecond = rate,
            TokensPerSecond = rate * plan.Workload.OutputLength,
            Concurrency = rate * forecast.EndToEnd,
        };
    }

    private static ServingForecast Aggregated(DeploymentPlan plan, MeasureOptions options, ServingForecast forecast)
    {
        if (plan.DecodeLayout is not PhaseLayout layout)
            throw new InputException($"the plan {plan.Name} has no decode; aggregated serving decodes and rides chunks of prompts along");
        if (plan.Workload.OutputLength < 2)
        {
            throw new InputException(
                $"workload.outputLength of {plan.Name} is 1, so nothing decodes; give 2 or more for aggregated serving");
        }

        var serving = new AggregatedServing(plan.Model, layout, plan.Workload, plan.TimeModel);
        double chunk = options.Chunk ?? plan.Prefill?.Chunk ?? plan.Workload.PromptLength;
        SteadyState state = serving.At(layout.Sequences, chunk * layout.Strategy.Replicas);
        double rate = state.RequestsPerSecond, ttft = state.Ttft * options.TtftMargin;
        string[] bound = state.PrefillBound
            ? [Words.Invariant($"prefill-bound: chunks of {chunk:0} tokens supply {state.Decoding:0} sequences, not {state.Wanted:0}")]
                : [];
        if (options.Streams == StreamAssignment.One)
            bound = [.. bound, "passes of aggregated serving have a stream for communication, whatever the simulation has"];
        return forecast with
        {
            Gpus = layout.RankGpus.Count,
            Ttft = ttft,
            Tpot = state.Tpot,
            TpotLast = null,
            ExposedTransfer = null,
            EndToEnd = ttft + ((plan.Workload.OutputLength - 1) * state.Tpot),
            RequestsPerSecond = rate,
            TokensPerSecond = rate * plan.Workload.OutputLength,
            Concurrency = state.Concurrency,
            Steady = state,
            Notes = [.. bound, .. forecast.Notes],
        };
    }

    private static string[] Notes(MeasureOptions options)
    {
        var notes = new List<string>();
        void Margin(string name, double value)
        {
            if (value != 1)
                notes.Add(Words.Invariant($"{name} margin {value:0.###}"));
        }

        Margin("prefill", options.PrefillMargin);
        Margin("decode", options.DecodeMargin);
        Margin("TTFT", options.TtftMargin);
        return [.. notes, OutOfScope];
    }
}
