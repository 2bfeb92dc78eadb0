using ParallelDag.Graphs;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>A decoder layer as a composition of blocks: attention, then a dense or a mixture-of-experts FFN, each with norm and residual.</summary>
public static class Blocks
{
    /// <summary>Floating-point operations of a norm per element.</summary>
    private const int NormFlops = 4;

    /// <summary>The layer; <paramref name="moe"/> tells which FFN it has.</summary>
    public static OperatorProgram Layer(PhaseContext context, bool moe)
    {
        var program = new ProgramBuilder();
        var stream = new StepValue(null, context.Stream);
        stream = AttentionBlock.Add(program, context, stream);
        stream = moe ? MoeBlock.Add(program, context, stream) : DenseFfnBlock.Add(program, context, stream);
        return program.Build(stream);
    }

    /// <summary>A norm of the stream: 4 operations per element; weights h, 2h with a bias.</summary>
    internal static OperatorStep Norm(ProgramBuilder program, PhaseContext context, string op, string name, StepValue stream) => program.Add(
        op,
        name,
        context.Mesh,
        PhaseContext.BySequence,
        [ProgramBuilder.Data(stream)],
        [stream.Tensor],
        rank => NormOperations(stream.Tensor.LocalElements(rank)),
        _ => (long)context.Model.Hidden * (context.Model.NormBias ? 2 : 1) * context.ElementBytes);

    /// <summary>A residual addition: one operation per element.</summary>
    internal static StepValue Residual(ProgramBuilder program, PhaseContext context, string op, StepValue branch, StepValue stream)
    {
        OperatorStep add = program.Add(
            op,
            "Residual Add",
            context.Mesh,
            PhaseContext.BySequence,
            [ProgramBuilder.Data(branch), ProgramBuilder.Data(stream)],
            [stream.Tensor],
            rank => stream.Tensor.LocalElements(rank),
            inputs: [stream.Tensor]);
        return new StepValue(add, stream.Tensor);
    }

    /// <summary>2mkn of a linear layer.</summary>
    internal static Int128 Linear(Int128 rows, long inner, long columns) => 2 * rows * inner * columns;

    /// <summary>Operations of a norm over <paramref name="elements"/> elements.</summary>
    internal static Int128 NormOperations(Int128 elements) => NormFlops * elements;
}
