<#
.SYNOPSIS
Changes the core in one place at a time and counts the changes that a test notices.
.DESCRIPTION
Runs Stryker on folders of src/ParallelDag with the tests of tests/ParallelDag.Mutants and prints, a folder a line, how many mutants were
killed, ended by the time limit, lived, or were met by no test; then those that lived, each with its place. Takes hours for all folders:
-Every 4 -From 1 takes the first, fifth, ninth file of each folder in the order of their names.
.PARAMETER Folder
Folders of src/ParallelDag. Default: the six that the scores in CONTRIBUTING.md are of.
.PARAMETER Every
Takes one of so many files of each folder.
.PARAMETER From
The first file that is taken, from 1.
.PARAMETER File
Files of src/ParallelDag instead of folders.
.PARAMETER Concurrency
Processes that run tests at once. Default: one a core.
.EXAMPLE
dotnet pwsh tests/run-mutants.ps1 -Folder Accounting
.EXAMPLE
dotnet pwsh tests/run-mutants.ps1 -Folder Plans,Checks -Every 10 -From 6
.EXAMPLE
dotnet pwsh tests/run-mutants.ps1 -File Plans/HolderChoice.cs
#>
param(
    [string[]] $Folder = @('Accounting', 'Operators', 'Plans', 'Strategies', 'Lowering', 'Checks'),
    [ValidateRange(1, 1000)] [int] $Every = 1,
    [ValidateRange(1, 1000)] [int] $From = 1,
    [string[]] $File,
    [ValidateRange(1, 256)] [int] $Concurrency = [Environment]::ProcessorCount
)

$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
$source = Join-Path $root 'src/ParallelDag'
$output = Join-Path $root 'out/mutants'

# A command line hands lists over as one text.
$File = $File -split ',' | ForEach-Object Trim | Where-Object { $_ }
$Folder = $Folder -split ',' | ForEach-Object Trim | Where-Object { $_ }
foreach ($name in @($Folder) + @($File)) {
    if (-not (Test-Path -LiteralPath (Join-Path $source $name))) { throw "there is no $name in src/ParallelDag" }
}

if (-not $File) {
    $File = foreach ($name in $Folder) {
        [string[]] $files = Get-ChildItem (Join-Path $source $name) -Filter *.cs -File -Recurse |
            ForEach-Object { [IO.Path]::GetRelativePath($source, $_.FullName).Replace('\', '/') }
        [Array]::Sort($files, [StringComparer]::Ordinal)
        for ($i = $From - 1; $i -lt $files.Count; $i += $Every) { $files[$i] }
    }
}

if (-not $File) { throw "no file is left of $($Folder -join ', '); lower -From" }
$env:Mutate = $File -join ';'
Push-Location (Join-Path $PSScriptRoot 'ParallelDag.Mutants/Tests')
try {
    & dotnet stryker --skip-version-check --concurrency $Concurrency --output $output
    if ($LASTEXITCODE -ne 0) { throw "Stryker ended with exit code $LASTEXITCODE" }
} finally {
    Pop-Location
    $env:Mutate = $null
}

$report = Get-Content (Join-Path $output 'reports/mutation-report.json') -Raw | ConvertFrom-Json -AsHashtable
$mutants = foreach ($path in $report.files.Keys) {
    $full = [IO.Path]::GetFullPath($path, (Join-Path $PSScriptRoot 'ParallelDag.Mutants/Core'))
    $place = [IO.Path]::GetRelativePath($source, $full).Replace('\', '/')
    foreach ($mutant in $report.files[$path].mutants) {
        [pscustomobject] @{
            Folder = $place.Split('/')[0]
            Place = "${place}:$($mutant.location.start.line)"
            Status = $mutant.status
            Change = "$($mutant.mutatorName): $($mutant.replacement -replace '\s+', ' ')"
        }
    }
}

$mutants | Where-Object Status -in Survived, NoCoverage | Sort-Object Place |
    ForEach-Object { "$($_.Place): $($_.Status): $($_.Change)" }
$mutants | Group-Object Folder | ForEach-Object {
    $count = @{ Killed = 0; Timeout = 0; Survived = 0; NoCoverage = 0 }
    foreach ($mutant in $_.Group) { if ($count.ContainsKey($mutant.Status)) { $count[$mutant.Status]++ } }
    $noticed = $count.Killed + $count.Timeout
    $all = $noticed + $count.Survived + $count.NoCoverage
    [pscustomobject] @{
        Folder = $_.Name; Killed = $count.Killed; Timeout = $count.Timeout; Survived = $count.Survived; NoCoverage = $count.NoCoverage
        Score = $all -eq 0 ? '-' : ('{0:0.0} %' -f (100 * $noticed / $all))
    }
} | Format-Table -AutoSize
