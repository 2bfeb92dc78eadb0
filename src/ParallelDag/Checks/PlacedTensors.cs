namespace ParallelDag.Checks;

/// <summary>The tensors of nodes with their placements, made once for all nodes that share their facts.</summary>
internal sealed class PlacedTensors(Dag dag)
{
    private readonly PlacedTensor[]?[] _inputs = new PlacedTensor[]?[dag.FactsTable.Length];
    private readonly PlacedTensor[]?[] _outputs = new PlacedTensor[]?[dag.FactsTable.Length];

    /// <summary>What nodes of an entry of the facts table take.</summary>
    public PlacedTensor[] Inputs(int facts) => _inputs[facts] ??= PlacedTensor.InputsOf(dag.FactsTable[facts]);

    /// <summary>What nodes of an entry of the facts table yield.</summary>
    public PlacedTensor[] Outputs(int facts) => _outputs[facts] ??= PlacedTensor.OutputsOf(dag.FactsTable[facts]);
}
