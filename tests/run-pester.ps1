<#
.SYNOPSIS
Runs the Pester tests of the module in a PowerShell process of their own.
.DESCRIPTION
The last line of the output is the count: "pester: 120 passed, 0 failed, 0 skipped". The exit code is 1 when a test failed.
Without Pester 5 nothing can be run; every test then counts as skipped, and the output says so.
.PARAMETER Module
The manifest to test. Default: ParallelDag.psd1 of the repository, which needs a build first.
.PARAMETER Name
Names of test files, such as Views; wildcards are allowed. Default: all.
#>
param(
    [string] $Module = (Join-Path (Split-Path $PSScriptRoot) 'ParallelDag.psd1'),
    [string[]] $Name,
    [switch] $InThisProcess
)

$files = @(Get-ChildItem (Join-Path $PSScriptRoot '*.Tests.ps1') | Where-Object {
    $stem = $_.Name -replace '\.Tests\.ps1$'
    -not $Name -or ($Name | Where-Object { $stem -like $_ })
})
if ($files.Count -eq 0) {
    Write-Output "There is no test file called $Name."
    exit 1
}

if (-not (Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -ge 5 })) {
    $tests = @($files | Select-String -Pattern '^\s*It\s').Count
    Write-Output 'SKIPPED: Pester 5 is not installed, so the cmdlets were not tested (Install-Module Pester).'
    Write-Output "pester: 0 passed, 0 failed, $tests skipped"
    exit 0
}

if (-not $InThisProcess) {
    $call = "& '$PSCommandPath' -Module '$(Resolve-Path $Module)' -InThisProcess" + $(if ($Name) { " -Name '$($Name -join "','")'" })
    & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command "$call; exit `$LASTEXITCODE"
    exit $LASTEXITCODE
}

$env:PARALLELDAG_MODULE = $Module
Import-Module Pester -MinimumVersion 5.0
$configuration = New-PesterConfiguration
$configuration.Run.Path = $files.FullName
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$result = Invoke-Pester -Configuration $configuration
if (-not $result) {
    Write-Output 'pester: 0 passed, 1 failed, 0 skipped'
    exit 1
}

foreach ($test in $result.Skipped) { Write-Output "SKIPPED: $($test.ExpandedPath)" }
$broken = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
Write-Output "pester: $($result.PassedCount) passed, $broken failed, $($result.SkippedCount + $result.NotRunCount) skipped"
exit ([int]($broken -gt 0))
