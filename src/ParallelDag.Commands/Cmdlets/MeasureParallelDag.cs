using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Durations;
using ParallelDag.Files;
using ParallelDag.Serving;

namespace ParallelDag.Commands;

/// <summary>Tells how long each phase of a plan takes and why, and what the plan serves.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "ParallelDag", DefaultParameterSetName = ByInput)]
[OutputType(typeof(Timing))]
public sealed class MeasureParallelDagCommand : DagInputCommand
{
    private IReadOnlyList<MeasuredOperator>? _measured;

    /// <summary>One phase only.</summary>
    [Parameter]
    public PhaseFilter Phase { get; set; } = PhaseFilter.All;

    /// <summary>The order in which streams run their nodes.</summary>
    [Parameter]
    public StreamSchedule Schedule { get; set; }

    /// <summary>The streams that a GPU has.</summary>
    [Parameter]
    public StreamAssignment Stream { get; set; }

    /// <summary>How requests are served.</summary>
    [Parameter]
    public ServingMode? Serving { get; set; }

    /// <summary>Prompt tokens that ride along in a pass of aggregated serving.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int? Chunk { get; set; }

    /// <summary>A factor on the rate of prefill.</summary>
    [Parameter]
    [ValidateRange(0.001, 100.0)]
    public double PrefillMargin { get; set; } = 1;

    /// <summary>A factor on the rate of decode.</summary>
    [Parameter]
    [ValidateRange(0.001, 100.0)]
    public double DecodeMargin { get; set; } = 1;

    /// <summary>A factor on the time to the first token.</summary>
    [Parameter]
    [ValidateRange(0.001, 100.0)]
    public double TtftMargin { get; set; } = 1;

    /// <summary>A CSV of operators that were timed on the plan's GPU, to which efficiencies are fitted first.</summary>
    [Parameter]
    public string? Calibrate { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Calibrate is null)
            return;
        foreach (InputPaths.NamedPath file in InputPaths.Resolve(this, Calibrate, literal: true))
        {
            TryDo(file, ErrorRecords.GraphFileFault, () =>
            {
                InputPaths.RequireFile(file);
                _measured = MeasuredOperator.Read(InputFiles.Read(file, StopToken));
            });
        }
    }

    private protected override void Process(DagSource source)
    {
        if (Calibrate is not null && _measured is null)
            return;
        PhaseKind? phase = DagSource.ToPhase(Phase);
        var options = new MeasureOptions
        {
            Schedule = Schedule,
            Streams = Stream,
            Serving = Serving,
            Chunk = Chunk,
            PrefillMargin = PrefillMargin,
            DecodeMargin = DecodeMargin,
            TtftMargin = TtftMargin,
            Measured = _measured,
        };
        if (source.Plan is not DeploymentPlan plan)
        {
            Dag dag = source.Open(null, PhaseFilter.All, StopToken);
            WriteObject(Await($"Simulating {source.Name}", token => PlanTimer.Measure(dag, options, phase, token)),
                enumerateCollection: true);
            return;
        }

        PlanTiming timing = Await($"Simulating {source.Name}", token => PlanTimer.Measure(plan, options, phase, token));
        foreach (string note in timing.Serving.Notes)
            WriteVerbose(note);
        WriteVerbose(timing.Accuracy);
        WriteObject(timing.Phases, enumerateCollection: true);
    }
}
