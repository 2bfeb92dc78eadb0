<#
.SYNOPSIS
Runs the Pester tests of the module in a PowerShell process of their own.
.DESCRIPTION
The last line of the output is the count: "pester: 120 passed, 0 failed, 0 skipped". The exit code is 1 when a test failed.
Without Pester 5 nothing can be run; every test then counts as skipped, and the output says so.
.PARAMETER Module
The manifest to test. Default: ParallelDag.psd1 of the repository, which needs a build first.
.PARAMETER Name
Wildcards for the names of test files. Default: all.
#>
param(
    [string] $Module = (Join-Path (Split-Path $PSScriptRoot) 'ParallelDag.psd1'),
    [string] $Name = '*',
    [switch] $InThisProcess
)

$files = @(Get-ChildItem $PSScriptRoot -Filter "$Name.Tests.ps1")
if (-not (Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -ge 5 })) {
    $tests = @($files | Select-String -Pattern '^\s*It\s').Count
    Write-Output 'SKIPPED: Pester 5 is not installed, so the cmdlets were not tested (Install-Module Pester).'
    Write-Output "pester: 0 passed, 0 failed, $tests skipped"
    exit 0
}

if (-not $InThisProcess) {
    & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -File $PSCommandPath -Module (Resolve-Path $Module).Path -Name $Name -InThisProcess
    exit $LASTEXITCODE
}

$env:PARALLELDAG_MODULE = $Module
Import-Module Pester -MinimumVersion 5.0
$configuration = New-PesterConfiguration
$configuration.Run.Path = $files.FullName
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$result = Invoke-Pester -Configuration $configuration
foreach ($test in $result.Skipped) { Write-Output "SKIPPED: $($test.ExpandedPath)" }
$broken = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
Write-Output "pester: $($result.PassedCount) passed, $broken failed, $($result.SkippedCount + $result.NotRunCount) skipped"
exit ([int]($broken -gt 0))
