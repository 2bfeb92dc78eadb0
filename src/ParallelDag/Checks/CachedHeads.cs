using ParallelDag.Graphs;

namespace ParallelDag.Checks;

/// <summary>Item 5 of PD005: along an edge of kind kv the elements of a head (or of the latent) stay the same.</summary>
internal static class CachedHeads
{
    /// <summary>Looks at every kv edge; returns how many there are.</summary>
    public static long Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        Topology graph = dag.Topology;
        PlacedTensors tensors = inspection.Survey.Tensors;
        long edges = 0;
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            int first = graph.FirstEdge(node);
            ReadOnlySpan<int> links = graph.Out(node);
            for (int i = 0; i < links.Length; i++)
            {
                if (Topology.Kind(links[i]) != EdgeKind.Kv)
                    continue;
                edges += inspection.Weight(node);
                int target = Topology.Node(links[i]);
                if (dag.Detail != DetailLevel.Overview
                    && !HeadsAgree(tensors.Outputs(dag.FactsColumn[node]), tensors.Inputs(dag.FactsColumn[target])))
                {
                    inspection.EdgeFault(
                        node, first + i, "of kind kv whose ends hold other heads",
                        Inspection.OneLine($"{dag.FactsOf(node).Output} for {dag.FactsOf(target).Input}"));
                }
            }
        }

        return edges;
    }

    private static bool IsCached(PlacedTensor tensor) => ResidualsAndCaches.IsCached(tensor.Name);

    private static bool HeadsAgree(PlacedTensor[] outputs, PlacedTensor[] inputs)
    {
        bool met = !Array.Exists(outputs, IsCached) || !Array.Exists(inputs, IsCached);
        foreach (PlacedTensor output in outputs)
        {
            foreach (PlacedTensor input in inputs)
            {
                if (!IsCached(output) || output.Name != input.Name)
                    continue;
                met = true;
                if (output.Shape["d_k"] != input.Shape["d_k"] || output.Shape["latent_dim"] != input.Shape["latent_dim"])
                    return false;
            }
        }

        return met;
    }
}
