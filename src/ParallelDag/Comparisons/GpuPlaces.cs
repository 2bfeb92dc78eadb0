using ParallelDag.Checks;
using ParallelDag.Wording;

namespace ParallelDag.Comparisons;

/// <summary>What each GPU is in each phase before and after: its stage and coordinates.</summary>
internal sealed class GpuPlaces(MeshPlaces before, MeshPlaces after)
{
    /// <summary>GPUs of a phase whose stage or coordinates differ, in ascending order; those that come or go among them.</summary>
    public IEnumerable<(int Gpu, GpuPlace? Before, GpuPlace? After)> Changes(PhaseId phase)
    {
        PhaseMesh? from = before.Mesh(phase), to = after.Mesh(phase);
        foreach (int gpu in (from?.Gpus ?? []).Concat(to?.Gpus ?? []).Distinct().Order())
        {
            GpuPlace? old = Of(from, gpu), now = Of(to, gpu);
            if (old != now)
                yield return (gpu, old, now);
        }
    }

    /// <summary>The phases whose mesh both sides tell.</summary>
    public IEnumerable<PhaseId> Phases => before.Phases.Where(Tells).Order();

    /// <summary>True when both sides tell the phase's mesh.</summary>
    private bool Tells(PhaseId phase) => before.Mesh(phase) is not null && after.Mesh(phase) is not null;

    private static GpuPlace? Of(PhaseMesh? mesh, int gpu) => mesh is null || mesh.RankOf(gpu) < 0 ? null
        : new GpuPlace(mesh.StageOf(gpu), mesh.Degree(Meshes.Axis.Pp) > 1, MeshPlaces.Coordinates(mesh, gpu));
}

/// <summary>What a GPU is in one phase.</summary>
/// <param name="Stage">Its stage, from 1.</param>
/// <param name="Staged">True where the phase has several stages.</param>
/// <param name="Coordinates">Its coordinates on the axes of more than one rank.</param>
internal sealed record GpuPlace(int Stage, bool Staged, string Coordinates)
{
    /// <summary><c>stage 1, ep0 tp1</c>.</summary>
    public override string ToString()
    {
        string stage = Staged || Coordinates.Length == 0 ? Words.Invariant($"stage {Stage}") : "";
        return stage.Length > 0 && Coordinates.Length > 0 ? $"{stage}, {Coordinates}" : stage + Coordinates;
    }

    /// <inheritdoc/>
    public bool Equals(GpuPlace? other) => other is not null && Stage == other.Stage && Coordinates == other.Coordinates;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Stage, Coordinates);
}
