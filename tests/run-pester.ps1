<#
.SYNOPSIS
Runs the Pester tests of the module in a PowerShell process of their own.
.DESCRIPTION
The last line of the output is the count: "pester: 120 passed, 0 failed, 0 skipped". The exit code is 1 when a test failed or none has run.
Pester comes from NuGet, in the version that tests/ParallelDag.Pester.Tests names; nothing needs to be installed.
.PARAMETER Module
The manifest to test. Default: ParallelDag.psd1 of the repository, which needs a build first.
.PARAMETER Name
Names of test files, such as Views, Plans; wildcards are allowed. Default: all.
.PARAMETER Pester
The manifest of Pester. Default: the one in the folder of NuGet's packages.
.PARAMETER Results
A file to be written with one JSON object for each test: File, Name, Result, Message.
.EXAMPLE
dotnet pwsh tests/run-pester.ps1 -Name Plans, Loading
#>
param(
    [string] $Module = (Join-Path (Split-Path $PSScriptRoot) 'ParallelDag.psd1'),
    [string[]] $Name,
    [string] $Pester,
    [string] $Results,
    [switch] $InThisProcess
)

$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot Pwsh.ps1)

# A test that was found but did not come to its end is a failure, and so is a run without tests.
function Complete-Run([int] $Passed, [int] $Failed, [int] $Skipped) {
    Write-Output "pester: $Passed passed, $Failed failed, $Skipped skipped"
    exit [int] ($Failed -gt 0 -or $Passed -eq 0)
}

# With -File a list of names arrives as one string.
$names = @($Name -split ',' | ForEach-Object Trim | Where-Object { $_ })
$all = @(Get-ChildItem (Join-Path $PSScriptRoot '*.Tests.ps1'))
foreach ($wanted in $names) {
    if (-not ($all | Where-Object { $_.Name -replace '\.Tests\.ps1$' -like $wanted })) {
        Write-Output "There is no test file called $wanted; there are $(@($all.Name -replace '\.Tests\.ps1$') -join ', ')."
        exit 1
    }
}

$files = @($all | Where-Object { $stem = $_.Name -replace '\.Tests\.ps1$'; -not $names -or ($names | Where-Object { $stem -like $_ }) })

if (-not $Pester) {
    $project = Join-Path $PSScriptRoot 'ParallelDag.Pester.Tests'
    $Pester = dotnet msbuild $project -target:FindTools -getProperty:PesterManifest
    if (-not (Test-Path -LiteralPath $Pester)) { dotnet restore $project | Out-Host }
}

if (-not (Test-Path -LiteralPath $Pester)) {
    Write-Output "There is no Pester at $Pester, so the cmdlets were not tested."
    Complete-Run 0 1 0
}

if (-not $InThisProcess) {
    Start-Pwsh -NoProfile -NonInteractive -File $PSCommandPath -Module (Resolve-Path $Module) -Name ($names -join ',') -Pester $Pester -Results $Results -InThisProcess
    exit $LASTEXITCODE
}

$env:PARALLELDAG_MODULE = $Module
# .../packages/pester/<version>/tools/Pester.psd1: the folder where other packages lie.
$env:PARALLELDAG_PACKAGES = $Pester | Split-Path | Split-Path | Split-Path | Split-Path
Import-Module $Pester
$configuration = New-PesterConfiguration
$configuration.Run.Path = $files.FullName
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$result = Invoke-Pester -Configuration $configuration
if (-not $result) { Complete-Run 0 1 0 }

function Get-Message($Item) { @($Item.ErrorRecord | ForEach-Object { "$($_.DisplayErrorMessage ?? $_)"; "$($_.DisplayStackTrace)" } | Where-Object { $_ }) -join "`n" }
function Get-Outcome($Item, [string] $File, [string] $Label, [string] $Result) {
    [pscustomobject]@{ File = Split-Path -Leaf $File; Name = $Label; Result = $Result; Message = Get-Message $Item }
}

$outcomes = @(
    foreach ($test in $result.Tests) { Get-Outcome $test $test.Block.BlockContainer.Item $test.ExpandedPath "$($test.Result)" }
    # What breaks outside a test (a BeforeAll, the text of a file) breaks no test of its own.
    foreach ($block in $result.FailedBlocks) { Get-Outcome $block $block.BlockContainer.Item "$($block.ExpandedPath) (block)" 'Failed' }
    foreach ($file in $result.FailedContainers) { Get-Outcome $file $file.Item "$(Split-Path -Leaf $file.Item) (file)" 'Failed' }
)
if ($Results) { ConvertTo-Json -InputObject $outcomes | Set-Content -LiteralPath $Results }
foreach ($test in $outcomes | Where-Object Result -eq Skipped) { Write-Output "SKIPPED: $($test.Name): $($test.Message)" }
Complete-Run @($outcomes | Where-Object Result -eq Passed).Count @($outcomes | Where-Object Result -notin Passed, Skipped).Count @($outcomes | Where-Object Result -eq Skipped).Count
