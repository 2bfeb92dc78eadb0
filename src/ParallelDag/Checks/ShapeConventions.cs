using ParallelDag.Drawings;
using ParallelDag.Graphs;
using ParallelDag.Looks;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD011: ellipse = communication, box = computation, parallelogram = routing, aggregation, split and gather; inputs and outputs may have
/// any shape. Writers derive the shape from a node's kind, so in a generated DAG the kind must agree with what the operator is.
/// In a drawing the shape must agree with what the file says of the node by kind, operator or label; a node of which
/// nothing but the shape is known is right by definition and is counted apart.
/// </summary>
internal static class ShapeConventions
{
    public static CheckRule Rule { get; } = new(
        "PD011",
        "Shapes tell what a node does",
        "Looks at the kind of every node and, in a drawing, at its shape: communication is an ellipse, computation a box, routing and "
            + "aggregation a parallelogram; inputs and outputs are of any shape. Skipped where a file tells nothing but shapes.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        ReadOnlySpan<NodeFacts> table = dag.FactsTable;
        string?[] faults = new string?[table.Length];
        bool[] told = new bool[table.Length];
        for (int i = 0; i < table.Length; i++)
        {
            inspection.Step(i);
            told[i] = IsTold(table[i]);
            faults[i] = told[i] ? FaultOf(table[i]) : null;
        }

        long ellipses = 0, boxes = 0, parallelograms = 0, silent = 0;
        bool faulty = false;
        for (int entry = 0; entry < table.Length; entry++)
        {
            int nodes = inspection.Survey.Facts.Count(entry);
            faulty |= nodes > 0 && faults[entry] is not null;
            if (!told[entry])
            {
                silent += nodes;
                continue;
            }

            switch (table[entry].Kind.ToShape())
            {
                case NodeShape.Ellipse: ellipses += nodes; break;
                case NodeShape.Box: boxes += nodes; break;
                default: parallelograms += nodes; break;
            }
        }

        for (int node = 0; node < dag.NodeCount && faulty; node++)
        {
            inspection.Step(node);
            int entry = dag.FactsColumn[node];
            if (faults[entry] is string fault)
                inspection.NodeFault(node, fault, Inspection.OneLine(table[entry].Name));
        }

        if (silent == dag.NodeCount)
            return inspection.Skip("operator, kind or telling label on any node");
        string rest = silent == 0 ? "" : $"; {Words.Count(silent, "node")} of which only the shape is known";
        return inspection.Conclude(
            $"{Words.Count(ellipses, "communication ellipse")}, {Words.Count(boxes, "computation box")}, "
                + $"{Words.Count(parallelograms, "routing or aggregation parallelogram")}{rest}");
    }

    /// <summary>True when more than a shape says what the node does.</summary>
    private static bool IsTold(NodeFacts facts) =>
        facts.Drawing is null ? facts.Op is not null : facts.Drawing.KindSource is KindSource.Stated or KindSource.Label;

    /// <summary>What is wrong with the node's shape, or null.</summary>
    private static string? FaultOf(NodeFacts facts)
    {
        bool stated = facts.Drawing is not { KindSource: not KindSource.Stated };
        if (stated && Ops.Find(facts.Op) is Operator row && row.Kind != facts.Kind)
            return $"of kind {facts.Kind.ToName()} whose operator is {row.Kind.ToName()}";
        if (facts.Drawing is not NodeDrawing drawing || facts.Kind is NodeKind.Input or NodeKind.Output)
            return null;
        DrawnShapes suited = (stated ? null : KindText.Read(facts.Name, KindText.ShapeCalled(drawing.Shape))?.Shapes)
            ?? SuitedTo(facts.Kind);
        if ((ClassOf(drawing.Shape) & suited) != 0)
            return null;
        string shape = drawing.Shape is string named ? Inspection.OneLine(named) : "ellipse (no shape given)";
        return $"drawn as {shape} though {facts.Kind.ToName()} is "
            + $"{string.Join(" or ", Names.Where(pair => (pair.Shape & suited) != 0).Select(pair => pair.Name))}";
    }

    private static readonly (DrawnShapes Shape, string Name)[] Names =
        [(DrawnShapes.Box, "a box"), (DrawnShapes.Ellipse, "an ellipse"), (DrawnShapes.Parallelogram, "a parallelogram")];

    private static DrawnShapes SuitedTo(NodeKind kind) => kind.ToShape() switch
    {
        NodeShape.Ellipse => DrawnShapes.Ellipse,
        NodeShape.Parallelogram => DrawnShapes.Parallelogram,
        _ => DrawnShapes.Box,
    };

    /// <summary>The class of a shape; a node without one is an ellipse.</summary>
    private static DrawnShapes ClassOf(string? shape) => string.IsNullOrEmpty(shape) ? DrawnShapes.Ellipse : KindText.ShapeCalled(shape);
}
