using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Map;

/// <summary>The map of up to <see cref="MapPicture.MostCells"/> GPUs: every node, every GPU.</summary>
internal sealed class MapCells(Sheet sheet, PictureSubject subject)
{
    private readonly DeploymentPlan _plan = subject.Plan;

    public void Draw(Box box)
    {
        int gpus = _plan.Cluster.Gpus, perNode = Math.Min(gpus, _plan.Cluster.GpusPerNode), nodes = (gpus + perNode - 1) / perNode;
        var grid = CellGrid.Choose(box, nodes, perNode);
        var cell = new MapCell(sheet, subject);
        for (int node = 0; node < nodes; node++)
        {
            Box frame = grid.Node(box, node);
            int first = node * perNode, last = Math.Min(gpus, first + perNode) - 1;
            GpuRole[] roles = [.. Enumerable.Range(first, last - first + 1).SelectMany(subject.RolesOf)];
            sheet.Rect(frame, Ink.Panel, Ink.Frame, 0.8, 3);
            DrawHead(grid, frame, node, roles);
            for (int gpu = first; gpu <= last; gpu++)
                cell.Draw(grid.Cell(box, frame, gpu - first), gpu);
        }
    }

    private void DrawHead(CellGrid grid, Box frame, int node, GpuRole[] roles)
    {
        GpuRole? lead = roles.FirstOrDefault();
        Ink ink = lead is null ? Ink.Frame : Ink.OfStage(lead.Stage);
        string name = Words.Invariant($"Node {node}");
        IReadOnlyList<string> stages = StageWords(roles);
        string layers = lead is null ? "" : "layers " + Ranges(
            roles.Where(role => role.Phase == lead.Phase || role.Phase.Set > 0).SelectMany(role => Enumerable.Range(
                role.DagStage.FirstLayer, role.DagStage.LastLayer - role.DagStage.FirstLayer + 1)));
        if (grid.HeadBeside)
        {
            double x = frame.X + 14, room = CellGrid.HeadWidth - 18, step = Math.Min(19, frame.Height / 3.2);
            sheet.Rect(frame with { Width = 6 }, ink);
            sheet.Text(name, x, frame.Y + step, room, TextLook.Strong);
            sheet.Text(stages, x, frame.Y + (2 * step), room,
                TextLook.SmallStrong.In(ink == Ink.Frame ? Ink.Muted : ink));
            sheet.Text(layers, x, frame.Y + (3 * step), room, TextLook.Small);
            return;
        }

        sheet.Rect(frame with { Height = 4 }, ink);
        sheet.Text(
            [layers.Length == 0 ? $"{name} · {stages[0]}" : $"{name} · {stages[0]} · {layers}",
                .. stages.Select(stage => $"{name} · {stage}"), name, Words.Invariant($"{node}")],
            frame.X + 6, frame.Y + 18, frame.Width - 12, TextLook.SmallStrong);
    }

    /// <summary>
    /// What a node runs, from long to short: <c>Stages 1-2</c> where decode runs on prefill's GPUs, <c>Prefill stage 1, decode stage
    /// 1</c> or <c>P1, D1</c> where each has its own, sets of instances by their names.
    /// </summary>
    private IReadOnlyList<string> StageWords(GpuRole[] roles)
    {
        if (roles.Length == 0)
            return ["idle"];
        IGrouping<PhaseId, GpuRole>[] phases = [.. roles.GroupBy(role => role.Phase)];
        if (roles.Any(role => role.Phase.Set > 0))
            return [string.Join(", ", phases.Select(phase => phase.Key.ToTitle())),
                string.Join(", ", roles.Select(role => role.Letter).Distinct())];
        bool apart = _plan.Phases.Count > 1 && _plan.Cluster.Pool == PoolKind.Disaggregated;
        string words = string.Join(", ", phases.Select(phase => $"{phase.Key.ToName()} {Stages(phase)}"));
        return !apart ? [$"S{Stages(phases[0])[1..]}"]
            : [char.ToUpperInvariant(words[0]) + words[1..],
                string.Join(", ", phases.Select(phase => $"{phase.First().Letter}{Ranges(phase.Select(role => role.Stage))}"))];
    }

    private static string Stages(IEnumerable<GpuRole> roles)
    {
        string stages = Ranges(roles.Select(role => role.Stage).Distinct());
        return (stages.All(char.IsDigit) ? "stage " : "stages ") + stages;
    }

    private static string Ranges(IEnumerable<int> numbers) => GpuSet.FromGpus(numbers).ToString();
}
