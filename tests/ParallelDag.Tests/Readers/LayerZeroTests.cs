using ParallelDag.Tests.Writers;
using System.Text;
using ParallelDag.Readers;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Readers;

/// <summary>Layer 0 and stage 0 are numbers like any other; unknown is null.</summary>
public class LayerZeroTests
{
    private const string Drawing = """
        digraph t {
          subgraph cluster_0 { label="Pipeline Stage 0"; a [label="Layer 0 Attention\nGPU: 0"]; b [label="Layer 1 MLP\nGPU: 0"]; }
          c [label="Input"];
          c -> a -> b
        }
        """;

    private static (int? Stage, int? Layer)[] Scopes(Dag dag) =>
        [.. dag.Nodes.OrderBy(node => node.Id, StringComparer.Ordinal).Select(node => (node.Stage, node.Layer))];

    [Fact]
    public void A_drawing_tells_layer_0_and_stage_0_apart_from_none() =>
        Assert.Equal([(0, 0), (0, 1), (null, null)], Scopes(DotReader.Read(Drawing)));

    [Fact]
    public void They_survive_DOT_and_JSON()
    {
        Dag dag = DotReader.Read(Drawing);
        Assert.Equal(Scopes(dag), Scopes(DotReader.Read(DotWriter.ToText(FileSamples.Copied(dag)))));
        Assert.Equal(Scopes(dag), Scopes(JsonReader.Read(Encoding.UTF8.GetBytes(JsonWriter.ToText(dag)))));
    }
}
