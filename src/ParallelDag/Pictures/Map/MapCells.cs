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
        int[] stages = [.. roles.Where(role => role.Phase == lead!.Phase).Select(role => role.Stage).Distinct().Order()];
        string stage = lead is null ? "idle"
            : (lead.Phase.Kind == PhaseKind.Decode && _plan.Prefill is not null ? "Decode stage "
                : stages.Length == 1 ? "Stage " : "Stages ")
                + Ranges(stages);
        string sets = string.Join(", ", roles.Select(role => role.Letter).Distinct()), brief = stage;
        if (roles.Any(role => role.Phase.Set > 0))
            (stage, brief) = (string.Join(", ", roles.Select(role => role.Phase.ToTitle()).Distinct()), sets);
        string layers = lead is null ? "" : "layers " + Ranges(
            roles.Where(role => role.Phase == lead.Phase || role.Phase.Set > 0).SelectMany(role => Enumerable.Range(
                role.DagStage.FirstLayer, role.DagStage.LastLayer - role.DagStage.FirstLayer + 1)));
        if (grid.HeadBeside)
        {
            double x = frame.X + 14, room = CellGrid.HeadWidth - 18, step = Math.Min(19, frame.Height / 3.2);
            sheet.Rect(frame with { Width = 6 }, ink);
            sheet.Text(name, x, frame.Y + step, room, TextLook.Strong);
            sheet.Text([stage, brief.Replace("Decode stage", "D", StringComparison.Ordinal)], x, frame.Y + (2 * step), room,
                TextLook.SmallStrong.In(ink == Ink.Frame ? Ink.Muted : ink));
            sheet.Text(layers, x, frame.Y + (3 * step), room, TextLook.Small);
            return;
        }

        sheet.Rect(frame with { Height = 4 }, ink);
        sheet.Text(
            [layers.Length == 0 ? $"{name} · {stage}" : $"{name} · {stage} · {layers}", $"{name} · {stage}", $"{name} · {brief}", name,
                Words.Invariant($"{node}")],
            frame.X + 6, frame.Y + 18, frame.Width - 12, TextLook.SmallStrong);
    }

    private static string Ranges(IEnumerable<int> numbers) => GpuSet.FromGpus(numbers).ToString();
}
