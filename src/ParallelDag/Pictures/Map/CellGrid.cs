using ParallelDag.Pictures.Canvas;

namespace ParallelDag.Pictures.Map;

/// <summary>How nodes and their GPUs are arranged on the map: the arrangement in which cells come closest to the size that all their text
/// needs.</summary>
/// <param name="NodesAcross">Nodes beside each other.</param>
/// <param name="CellsAcross">GPUs of a node beside each other.</param>
/// <param name="NodeLines">Rows of nodes.</param>
/// <param name="CellLines">Rows of GPUs in a node.</param>
/// <param name="MayBeside">True where headings may stand beside GPUs.</param>
internal sealed record CellGrid(int NodesAcross, int CellsAcross, int NodeLines, int CellLines, bool MayBeside)
{
    /// <summary>The width of a heading beside a node's GPUs, and the height of one above them.</summary>
    public const double HeadWidth = 104, HeadHeight = 24;

    /// <summary>Space between nodes, and between cells.</summary>
    public const double NodeGap = 8, CellGap = 5;

    // A cell with name, coordinates, experts and a memory bar at plain size; beyond MostWidth and MostHeight cells do not grow.
    private const double PlainWidth = 122, PlainHeight = 84, MostWidth = 1010, MostHeight = 900, GoodEnough = 0.75, MuchBetter = 1.4;

    /// <summary>True where a node's heading stands beside its GPUs.</summary>
    public bool HeadBeside => MayBeside && NodesAcross == 1;

    /// <summary>The best arrangement of <paramref name="nodes"/> nodes of <paramref name="perNode"/> GPUs.</summary>
    public static CellGrid Choose(Box box, int nodes, int perNode, bool headBeside = true)
    {
        CellGrid? best = null, row = null;
        double bestScore = -1, rowScore = 0;
        for (int across = 1; across <= nodes; across++)
        {
            for (int cells = 1; cells <= perNode; cells++)
            {
                var grid = new CellGrid(across, cells, (nodes + across - 1) / across, (perNode + cells - 1) / cells, headBeside);
                (double width, double height) = grid.CellSize(box);
                double filled = (double)perNode / (grid.CellLines * cells), score = Math.Min(width / PlainWidth, height / PlainHeight)
                    * filled * filled;
                if (grid.HeadBeside && cells == perNode && score >= GoodEnough)
                    (row, rowScore) = (grid, score);
                if (score > bestScore + 1e-9)
                    (best, bestScore) = (grid, score);
            }
        }

        // A row per node reads best, unless few nodes leave its cells high and narrow.
        return row is not null && bestScore < MuchBetter * rowScore ? row : best!;
    }

    /// <summary>The size of a cell.</summary>
    public (double Width, double Height) CellSize(Box box)
    {
        double node = (box.Width - (NodeGap * (NodesAcross - 1))) / NodesAcross,
            line = (box.Height - (NodeGap * (NodeLines - 1))) / NodeLines;
        double width = node - CellGap - (HeadBeside ? HeadWidth : CellGap), height = line - CellGap - (HeadBeside ? CellGap : HeadHeight);
        return (Math.Min(MostWidth, (width - (CellGap * (CellsAcross - 1))) / CellsAcross),
            Math.Min(MostHeight, (height - (CellGap * (CellLines - 1))) / CellLines));
    }

    /// <summary>The box of a node.</summary>
    public Box Node(Box box, int index)
    {
        (double width, double height) = CellSize(box);
        double nodeWidth = (HeadBeside ? HeadWidth : CellGap) + ((width + CellGap) * CellsAcross);
        double nodeHeight = (HeadBeside ? CellGap : HeadHeight) + ((height + CellGap) * CellLines);
        return new Box(
            box.X + (index % NodesAcross * (nodeWidth + NodeGap)), box.Y + (index / NodesAcross * (nodeHeight + NodeGap)), nodeWidth,
                nodeHeight);
    }

    /// <summary>The box of a GPU in a node's box.</summary>
    public Box Cell(Box box, Box node, int index)
    {
        (double width, double height) = CellSize(box);
        return new Box(
            node.X + (HeadBeside ? HeadWidth : CellGap) + (index % CellsAcross * (width + CellGap)),
            node.Y + (HeadBeside ? CellGap : HeadHeight) + (index / CellsAcross * (height + CellGap)),
            width,
            height);
    }
}
