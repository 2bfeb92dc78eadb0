using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Documents;
using ParallelDag.Files;
using ParallelDag.Formats;
using ParallelDag.Formats.Yaml;
using ParallelDag.Plans;

namespace ParallelDag.Commands;

/// <summary>Writes a plan as a plan file; New-DeploymentPlan reads it back.</summary>
[Cmdlet(VerbsData.Export, "DeploymentPlan", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDeploymentPlanCommand : FileExportCommand
{
    private protected override bool Keeps(InputFile input) => InputKinds.Of(input) == InputKind.Plan;

    private protected override void Process(DagSource source)
    {
        DeploymentPlan plan = PlanOf(source);
        Export(source, plan.Name + ".yaml", "a plan file", file =>
        {
            DocumentMap document = PlanDocument.From(plan.Spec, System.IO.Path.GetDirectoryName(file));
            return (files, _) => files.Add(file, stream => YamlWriter.Write(document, stream));
        });
    }
}
