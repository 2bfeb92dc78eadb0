@{
    RootModule           = 'bin/ParallelDag.Commands.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '3e0f4c0a-6a4b-4c7e-9d3f-5b1a7c2e8f64'
    Author               = 'The ParallelDag authors'
    CompanyName          = 'The ParallelDag authors'
    Copyright            = 'Copyright (c) 2026 The ParallelDag authors. MIT license.'
    Description          = 'Turns an LLM deployment plan (model, cluster, parallel strategy for prefill and decode) into one operator-level deployment DAG, proves it right, and draws it.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('bin/ParallelDag.format.ps1xml')
    FunctionsToExport    = @()
    CmdletsToExport      = @(
        'Compare-DeploymentPlan'
        'Compare-ParallelDag'
        'ConvertFrom-DagDot'
        'ConvertFrom-DagJson'
        'ConvertFrom-LaunchCommand'
        'ConvertTo-DagDot'
        'ConvertTo-DagJson'
        'ConvertTo-DagMermaid'
        'ConvertTo-DagSvg'
        'ConvertTo-QuikGraph'
        'Export-DagChakra'
        'Export-DagDot'
        'Export-DagGraphml'
        'Export-DagHtml'
        'Export-DagJson'
        'Export-DagReport'
        'Export-DagSvg'
        'Export-DagTrace'
        'Export-DeploymentPlan'
        'Export-LaunchManifest'
        'Export-ParallelDag'
        'Find-DagCycle'
        'Find-DeploymentPlan'
        'Get-DagComponent'
        'Get-DagDominator'
        'Get-DagEdge'
        'Get-DagExplanation'
        'Get-DagImpact'
        'Get-DagMigration'
        'Get-DagNode'
        'Get-DagPath'
        'Get-ParallelDag'
        'Import-ParallelDag'
        'Measure-DeploymentPlan'
        'Measure-ParallelDag'
        'New-DeploymentPlan'
        'New-ParallelDag'
        'Show-ParallelDag'
        'Test-DagAcyclic'
        'Test-ParallelDag'
        'Watch-DeploymentPlan'
    )
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags         = @('LLM', 'DAG', 'Graphviz', 'DOT', 'SVG', 'Inference', 'TensorParallel', 'PipelineParallel', 'ExpertParallel', 'MoE', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://opensource.org/licenses/MIT'
            ProjectUri   = 'https://github.com/ParallelDag/ParallelDag'
            ReleaseNotes = 'See CHANGELOG.md in the module folder.'
        }
    }
}
