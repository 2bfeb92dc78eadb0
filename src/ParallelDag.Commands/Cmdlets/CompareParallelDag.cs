using System.Management.Automation;

namespace ParallelDag.Commands;

/// <summary>Tells what differs between two DAGs, matched by what their nodes stand for.</summary>
[Cmdlet(VerbsData.Compare, "ParallelDag")]
[OutputType(typeof(DagDifference), typeof(DagComparison), typeof(string))]
public sealed class CompareParallelDagCommand : ComparisonCommand;
