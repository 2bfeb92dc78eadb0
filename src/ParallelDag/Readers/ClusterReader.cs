using System.Text.Json;
using ParallelDag.Writers;

namespace ParallelDag.Readers;

/// <summary>The cluster in a JSON graph file.</summary>
internal static class ClusterReader
{
    /// <summary>Reads the object; every value must be there.</summary>
    public static ClusterSpec Read(ref JsonCursor json)
    {
        json.Open(JsonTokenType.StartObject, "cluster");
        string[] values = new string[ClusterFields.Names.Length];
        uint seen = 0;
        while (json.NextProperty(ClusterFields.Names, ref seen, "the cluster") is int field and >= 0)
        {
            string name = ClusterFields.Names[field];
            values[field] = ClusterFields.IsText(field) ? json.Text(name) : json.PlainNumber(name);
        }

        foreach (string name in ClusterFields.Names)
            json.Require(seen, ClusterFields.Names, name, "the cluster");
        return ClusterFields.Read(values, out int wrong)
            ?? throw json.Fault(
                $"'{ClusterFields.Names[wrong]}' of the cluster does not fit a cluster; give what docs/graph.schema.json allows");
    }
}
