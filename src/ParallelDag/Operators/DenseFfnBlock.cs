using ParallelDag.Collectives;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>A dense FFN: norm, column-parallel up (and gate), row-parallel down, the sum over tp that it owes, residual.</summary>
internal static class DenseFfnBlock
{
    public static StepValue Add(ProgramBuilder program, PhaseContext context, StepValue stream)
    {
        ModelSpec model = context.Model;
        int tp = context.Mesh.Degree(Axis.Tp);
        OperatorStep norm = Blocks.Norm(program, context, Ops.FfnNorm, "FFN Norm", stream);
        StepValue whole = program.Redistribute(
            new StepValue(norm, stream.Tensor), context.Hidden, new CollectiveSite("ffn", "FFN input", PhaseContext.BySequence));

        ShardedTensor inner = context.Tokens(null, ("ffn", model.Ffn)).With((Axis.Tp, Placement.Shard("ffn")));
        int columns = model.GatedFfn ? 2 : 1;
        OperatorStep up = program.Add(
            Ops.FfnUp,
            (model.GatedFfn ? "FFN Gate and Up" : "FFN Up") + (tp > 1 ? " (column-parallel)" : ""),
            context.Mesh,
            PhaseContext.BySequenceAndTensor,
            [ProgramBuilder.Data(whole)],
            [inner],
            rank => columns * Blocks.Linear(PhaseContext.LocalTokens(inner, rank), model.Hidden, inner.LocalSize(rank, 2)),
            rank => columns * inner.LocalSize(rank, 2) * (model.Hidden + (model.FfnBias ? 1 : 0)) * context.ElementBytes);

        ShardedTensor partial = context.Hidden.With((Axis.Tp, tp > 1 ? Placement.Partial : Placement.Replicate));
        OperatorStep down = program.Add(
            Ops.FfnDown,
            tp > 1 ? "FFN Down (row-parallel)" : "FFN Down",
            context.Mesh,
            PhaseContext.BySequenceAndTensor,
            [new StepSource(up, EdgeKind.Data, inner)],
            [partial],
            rank => Blocks.Linear(PhaseContext.LocalTokens(inner, rank), inner.LocalSize(rank, 2), model.Hidden),
            rank => ((inner.LocalSize(rank, 2) * model.Hidden) + (model.FfnBias ? model.Hidden : 0)) * context.ElementBytes);
        StepValue summed = program.Redistribute(
            new StepValue(down, partial), context.Stream, new CollectiveSite("ffn", "FFN output", PhaseContext.BySequence));
        return Blocks.Residual(program, context, Ops.FfnResidual, summed, stream);
    }
}
