using ParallelDag.Operators;

namespace ParallelDag.Layers;

/// <summary>How a later stage takes up what the stage before sends: where each tp rank gets a part, an All-Gather over tp.</summary>
public static class ReceiveSection
{
    /// <summary>The section; null where the message is the stream already.</summary>
    public static OperatorProgram? Build(PhaseContext context)
    {
        var program = new ProgramBuilder();
        StepValue stream = program.Redistribute(
            new StepValue(null, context.Message), context.Stream, new CollectiveSite("pipeline", "stage input", PhaseContext.BySequence));
        return stream.Producer is null ? null : program.Build(stream);
    }
}
